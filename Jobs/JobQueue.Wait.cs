using System.Runtime.CompilerServices;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;

namespace AiPlatform.Jobs;

public sealed partial class JobQueue
{
    /// <summary>How often a waiter looks while no bell can ring.</summary>
    static readonly TimeSpan LookWithoutBell = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits for a final status, at most this long; answers the job as it then is, or null where there is none.</summary>
    public async Task<JobView?> WaitAsync(JobScope scope, Guid id, TimeSpan wait, CancellationToken ct)
    {
        if (wait <= TimeSpan.Zero)
        {
            return await GetAsync(scope, id, ct);
        }
        await using var bell = await _bell.ListenAsync(id, onlyEnd: true);
        return await UntilFinalAsync(() => GetAsync(scope, id, ct), bell, wait, ct);
    }

    /// <summary>Submits a job and waits for its final status; the caller knows its input, which is not answered. It begins to listen meanwhile, so that the end of a fast job is heard.</summary>
    public async Task<(SubmitOutcome Outcome, JobView? Job)> SubmitAndWaitAsync(JobScope scope, NewJob job, TimeSpan wait, CancellationToken ct)
    {
        var (bell, begun) = _bell.BeginToListen(job.Id, onlyEnd: true);
        await using var listening = bell;
        var outcome = (await SubmitAsync(scope, [job], ct))[0];
        var heardAll = begun.IsCompletedSuccessfully;
        await begun;
        return outcome.Result switch
        {
            SubmitResult.Created => (outcome, await UntilFinalAsync(() => _store.WatchAsync(scope, job.Id, ct), bell, wait, ct, mayHaveEnded: !heardAll)),
            SubmitResult.Known => (outcome, await WaitAsync(scope, outcome.Id, wait, ct)),
            _ => (outcome, null),
        };
    }

    /// <summary>A job's life as it happens: first its state, then progress and tokens after <paramref name="lastEventId"/> and every change of
    /// state; ends with the final state. Empty where there is no such job. Can be resumed on any process.</summary>
    public async IAsyncEnumerable<JobEvent> EventsAsync(JobScope scope, Guid id, string? lastEventId, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var bell = await _bell.ListenAsync(id, onlyEnd: false);
        var after = lastEventId ?? "0-0";
        (JobStatus, DateTimeOffset?)? shown = null;
        while (await _store.WatchAsync(scope, id, ct) is { } job)
        {
            // By its start and not by its number: an attempt that is given back comes again under the same one.
            if (!job.Status.IsFinal() && (job.Status, job.StartedAt) != shown)
            {
                yield return State(job, after);
                shown = (job.Status, job.StartedAt);
            }
            var isNews = false;
            for (var looked = _time.GetTimestamp(); !isNews;)
            {
                // The state was read first: whatever a final job has said is in the stream by now.
                await foreach (var entry in _events.ReadAsync(id, after, ct))
                {
                    yield return entry;
                    after = entry.Id;
                }
                if (job.Status.IsFinal())
                {
                    yield return State(job, after);
                    yield break;
                }
                // Tokens ring far more often than the job changes. What a job says that was not seen to run is news of its start.
                var left = (IsDegraded ? LookWithoutBell : LookAnyway) - _time.GetElapsedTime(looked);
                isNews = left <= TimeSpan.Zero || !await bell.WaitAsync(left, ct) || bell.TakeChanged() || job.Status is not JobStatus.Running;
            }
        }
    }

    /// <summary>Whether anybody waits for a job's end or follows its events, on any process; null where nobody does here and Redis, which knows of the
    /// others, is away.</summary>
    public Task<bool?> IsAwaitedAsync(Guid id) => _bell.IsHeardAsync(id);

    async Task<JobView?> UntilFinalAsync(Func<Task<JobView?>> look, JobListener bell, TimeSpan wait, CancellationToken ct, bool mayHaveEnded = true)
    {
        var start = _time.GetTimestamp();
        if (!mayHaveEnded)
        {
            await bell.WaitAsync(Shorter(wait, IsDegraded ? LookWithoutBell : LookAnyway), ct);
        }
        while (true)
        {
            var job = await look();
            var left = wait - _time.GetElapsedTime(start);
            if (job is null || job.Status.IsFinal() || left <= TimeSpan.Zero)
            {
                return job;
            }
            await bell.WaitAsync(Shorter(left, IsDegraded ? LookWithoutBell : LookAnyway), ct);
        }
    }

    /// <summary>The input is not repeated with every change.</summary>
    static JobEvent State(JobView job, string id) => new(
        id, JobEventTypes.State, JsonSerializer.SerializeToElement(job with { Input = null }, ContractsJson.Default.JobView));

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
