using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Keeps the instruments of depth, age and halts true.</summary>
sealed class DepthReporter(JobStore store, JobsTelemetry telemetry) : IMaintenanceLoop
{
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        telemetry.SetDepth(await store.DepthAsync(ct), await store.HaltsAsync(ct));
        return 0;
    }
}
