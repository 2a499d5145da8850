using AiPlatform.Contracts;

namespace AiPlatform.Jobs;

public sealed partial class JobQueue
{
    /// <summary>Completes at the next sign of new work of these task types and profiles (none for all), or after a while without one: a sign can be
    /// lost, and while Redis is away there is none. Take it before looking, or a sign between the two is missed.</summary>
    public async Task NextWorkAsync(IReadOnlyList<string> taskTypes, IReadOnlyList<string> modelProfiles, CancellationToken ct)
    {
        using var newWork = ListenForWork(taskTypes, modelProfiles);
        await WaitAsync(newWork, IsDegraded ? _options.Value.PollInterval : LookAnyway, ct);
    }

    /// <summary>Gives a running job back because one of higher priority needs its place: it stands where it stood in the line, with its attempt
    /// unspent and the preemption counted. A stale fence changes nothing.</summary>
    public async Task<RecordResult> PreemptAsync(ClaimedJob job, CancellationToken ct)
    {
        var fence = JobFence.Of(job);
        var released = await _store.ReleaseAsync([fence], preempted: true, pause: TimeSpan.Zero, ct);
        if (released.Count == 0 && await _store.RecordedAsync(fence, ct) is not JobStatus.Pending)
        {
            return RecordResult.LeaseLost;
        }
        await ShowAsync([job.Id], ct);
        _telemetry.Preempted(job);
        return RecordResult.Requeued;
    }
}
