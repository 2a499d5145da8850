using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;

namespace AiPlatform.Jobs;

public sealed partial class JobQueue
{
    /// <summary>Records the result of a job. The same call again, with the same fence, answers the same and changes nothing.</summary>
    public Task<RecordResult> CompleteAsync(JobFence fence, JsonElement result, CancellationToken ct) => CompleteAsync(fence, result, isLogged: false, ct);

    /// <summary>The same, with a line in the log where asked for, as of <see cref="FailOptions.IsLogged"/>.</summary>
    public async Task<RecordResult> CompleteAsync(JobFence fence, JsonElement result, bool isLogged, CancellationToken ct)
    {
        if (await _writes.Complete.AddAsync(new Completion(fence, result), ct) is not { } done)
        {
            return await RecordedBeforeAsync(fence, JobStatus.Completed, isLogged, ct);
        }
        if (isLogged)
        {
            await _outcomes.RanAsync(done, "completed", null);
        }
        return RecordResult.Recorded;
    }

    /// <summary>Records a failed attempt: the job waits for another one, or has failed. The same call again answers the same.</summary>
    public async Task<RecordResult> FailAsync(JobFence fence, JobError error, FailOptions options, CancellationToken ct)
    {
        var retry = options.Retry ?? ErrorCategories.IsRetried(error.Category);
        if (await _writes.Fail.AddAsync(new Failure(fence, error, retry, options.Pause), ct) is not { } done)
        {
            return await RecordedBeforeAsync(fence, JobStatus.Failed, options.IsLogged, ct);
        }
        if (options.IsLogged)
        {
            await _outcomes.RanAsync(done, done.Retried ? "failed, will be tried again" : "failed", error.Category);
        }
        if (!done.Retried)
        {
            return RecordResult.Recorded;
        }
        await ShowAsync([fence.Id], ct, spent: true);
        return RecordResult.Requeued;
    }

    /// <summary>A fence that changed nothing: the answer to this very call was lost and it comes again, or the lease is.</summary>
    async Task<RecordResult> RecordedBeforeAsync(JobFence fence, JobStatus asked, bool isLogged, CancellationToken ct)
    {
        switch (await _store.RecordedAsync(fence, ct))
        {
            case { } status when status == asked:
                return RecordResult.Recorded;
            case JobStatus.Pending when asked == JobStatus.Failed:
                return RecordResult.Requeued;
            default:
                if (isLogged)
                {
                    _outcomes.TooLate(fence.Id);
                }
                return RecordResult.LeaseLost;
        }
    }
}
