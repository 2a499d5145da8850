using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Keeps the instruments of what waits and what is halted true.</summary>
sealed class DepthReporter(JobStore store, CallbackOutbox callbacks, BatchStore batches, JobsTelemetry telemetry) : IMaintenanceLoop
{
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        telemetry.SetDepth(await store.DepthAsync(ct), await store.HaltsAsync(ct));
        telemetry.SetCallbacks(await callbacks.CountAsync(ct));
        telemetry.SetBatches(await batches.CountAsync(ct));
        return 0;
    }
}
