using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.WorkerRuntime;

public static class WorkerServices
{
    /// <summary>
    /// Makes the process a worker that runs <typeparamref name="THandler"/>. It needs <c>AddJobs</c> and the settings
    /// <see cref="WorkerOptions"/>; <see cref="WorkerEndpoints.MapWorkerEndpoints"/> shows what it does.
    /// </summary>
    public static IHostApplicationBuilder AddWorker<THandler>(this IHostApplicationBuilder builder)
        where THandler : class, IJobHandler
    {
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<THandler>();
        services.AddSingleton<IJobHandler>(provider => provider.GetRequiredService<THandler>());

        services.AddSingleton<WorkerIdentity>();
        services.AddSingleton<AttemptSlots>();
        services.AddSingleton<AttemptFactory>();
        services.AddSingleton<PreemptionRules>();
        services.AddSingleton<SteadyClaims>();
        services.AddSingleton<Preemptor>();
        services.AddSingleton<AdmittedClaims>();
        services.AddSingleton<OutcomeRecorder>();
        services.AddSingleton<JobExecutor>();
        services.AddSingleton<WorkerTelemetry>();
        services.AddSingleton(provider => new WorkerStatus(
            provider.GetRequiredService<WorkerIdentity>(),
            provider.GetRequiredService<IJobHandler>(),
            provider.GetRequiredService<AttemptSlots>(),
            provider.GetRequiredService<TimeProvider>()));

        // Stopped in reverse order, and all after the drain: leases are kept until the last attempt has ended.
        services.AddHostedService<WorkerReporter>();
        services.AddHostedService<LeaseKeeper>();
        services.AddHostedService<WorkerPump>();
        return builder;
    }
}
