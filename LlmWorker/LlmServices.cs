using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker;

static class LlmServices
{
    /// <summary>Adds the provider that <see cref="LlmOptions"/> names, its probe and its telemetry.</summary>
    public static IHostApplicationBuilder AddLlm(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ActiveProvider>();
        builder.Services.AddSingleton<LlmTelemetry>();
        builder.Services.AddHostedService<ProviderProbe>();
        builder.Services.AddHealthChecks().AddCheck<ProviderHealthCheck>("model_provider", tags: ["degradable"]);
        return builder;
    }
}
