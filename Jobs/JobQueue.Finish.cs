using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Jobs;

public sealed partial class JobQueue
{
    /// <summary>Records the result of a job. The same call again, with the same fence, answers the same and changes nothing.</summary>
    public async Task<RecordResult> CompleteAsync(JobFence fence, JsonElement result, CancellationToken ct)
    {
        if (await _store.CompleteAsync(fence, result, ct) is not { } done)
        {
            return await RecordedBeforeAsync(fence, JobStatus.Completed, ct);
        }
        _telemetry.Ran(_lanes.Find(done.Lane), done.FinishedAt - done.StartedAt);
        _telemetry.Finished(done.Id, _lanes.Find(done.Lane), JobStatus.Completed, null, done.FinishedAt);
        await _index.FinishAsync([(done.Id, done.Lane)]);
        return RecordResult.Recorded;
    }

    /// <summary>Records a failed attempt: the job waits for another one, or has failed. The same call again answers the same.</summary>
    public async Task<RecordResult> FailAsync(JobFence fence, JobError error, FailOptions options, CancellationToken ct)
    {
        var retry = options.Retry ?? ErrorCategories.IsRetried(error.Category);
        var pauses = options.Pause is { } pause ? [pause] : RetryBackoff.Series(_options.Value.RetryDelay, Random.Shared.NextDouble());
        if (await _store.FailAsync(fence, error, retry, pauses, ct) is not { } done)
        {
            return await RecordedBeforeAsync(fence, JobStatus.Failed, ct);
        }
        _telemetry.Ran(_lanes.Find(done.Lane), done.FinishedAt - done.StartedAt);
        if (done.Retried)
        {
            await ShowAsync([done.Id], ct);
            return RecordResult.Requeued;
        }
        _telemetry.Finished(done.Id, _lanes.Find(done.Lane), JobStatus.Failed, error.Category, done.FinishedAt);
        await _index.FinishAsync([(done.Id, done.Lane)]);
        return RecordResult.Recorded;
    }

    /// <summary>A fence that changed nothing: the answer to this very call was lost and it comes again, or the lease is.</summary>
    async Task<RecordResult> RecordedBeforeAsync(JobFence fence, JobStatus asked, CancellationToken ct) =>
        await _store.RecordedAsync(fence, ct) switch
        {
            { } status when status == asked => RecordResult.Recorded,
            JobStatus.Pending when asked == JobStatus.Failed => RecordResult.Requeued,
            _ => RecordResult.LeaseLost,
        };
}
