using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Agents;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Embeddings;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker;

static class LlmServices
{
    /// <summary>Adds the models that <see cref="LlmOptions"/> names, the probe of their providers, and telemetry.</summary>
    public static IHostApplicationBuilder AddLlm(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AdmissionRules>();
        builder.Services.AddSingleton<AdmissionSignal>();
        builder.Services.AddSingleton<ModelDirectory>();
        builder.Services.AddSingleton<LlmTelemetry>();
        builder.Services.AddSingleton<ChatRouter>();
        builder.Services.AddSingleton<ChatJobHandler>();
        builder.Services.AddSingleton<AgentAnswers>().AddSingleton<AgentJobHandler>();
        builder.Services.AddSingleton<EmbeddingJobHandler>();
        builder.Services.AddHostedService<ConfigWatch>();
        builder.Services.AddHostedService<GaugeReader>();
        return builder.AddProviders("model_provider", services => services.GetRequiredService<ModelDirectory>().AsSet);
    }
}
