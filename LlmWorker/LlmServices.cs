using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker;

static class LlmServices
{
    /// <summary>Adds the provider that <see cref="LlmOptions"/> names, its probe and its telemetry.</summary>
    public static IHostApplicationBuilder AddLlm(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ActiveProvider>();
        builder.Services.AddSingleton<LlmTelemetry>();
        return builder.AddProviders("model_provider", services => services.GetRequiredService<ActiveProvider>().AsSet);
    }
}
