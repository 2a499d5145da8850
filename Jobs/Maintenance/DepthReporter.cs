using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Keeps the depth and age instruments true.</summary>
sealed class DepthReporter(JobStore store, JobsTelemetry telemetry) : IMaintenanceLoop
{
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    public async Task RunAsync(CancellationToken ct) => telemetry.SetDepth(await store.DepthAsync(ct));
}
