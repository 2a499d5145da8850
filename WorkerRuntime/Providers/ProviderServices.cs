using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.WorkerRuntime.Providers;

public static class ProviderServices
{
    /// <summary>Watches over the worker's providers: a probe, and a health check that degrades readiness.</summary>
    public static IHostApplicationBuilder AddProviders(
        this IHostApplicationBuilder builder, string healthCheck, Func<IServiceProvider, ProviderSet> providers)
    {
        builder.Services.AddSingleton(providers);
        builder.Services.AddHostedService<ProviderProbe>();
        builder.Services.AddHealthChecks().AddCheck<ProviderHealthCheck>(healthCheck, tags: ["degradable"]);
        return builder;
    }
}
