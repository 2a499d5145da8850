namespace AiPlatform.Jobs.Maintenance;

/// <summary>Makes the index say of pauses what Postgres says. Two callers that pause and resume at the same moment may write to Redis in the
/// other order than to Postgres.</summary>
sealed class PauseKeeper(JobQueue queue) : IMaintenanceLoop
{
    public TimeSpan Period => TimeSpan.FromSeconds(5);

    public Task RunAsync(CancellationToken ct) => queue.ShowPausesAsync(ct);
}
