using AiPlatform.Api.Errors;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Chat;

/// <summary>Runs a chat for a caller who waits: submits its job, waits for the end, and calls the job off when nobody waits any more.</summary>
sealed partial class ChatDesk(JobQueue queue, LiveWorkers workers, IOptions<ApiOptions> options, TimeProvider time, ILogger<ChatDesk> logger)
{
    static readonly TimeSpan CancelTimeout = TimeSpan.FromSeconds(5);

    /// <returns>The job, completed; or why there is no answer.</returns>
    public async Task<(JobView? Completed, ProblemResult? Problem)> AskAsync(NewJob job, CancellationToken cancellationToken)
    {
        if (ChatProfiles.Refusal(await workers.ListAsync(cancellationToken), job.ModelProfile) is { } refusal)
            return (null, Problems.ProviderUnconfigured(refusal));

        var wait = options.Value.ChatWait;
        // A caller with an idempotency key comes back for the answer, so the job goes on without it; and its deadline would differ each time.
        var isKept = job.IdempotencyKey is not null;
        if (!isKept)
            // Should this process die, nobody can call the job off; the deadline does.
            job = job with { Deadline = time.GetUtcNow() + wait };

        try
        {
            var (outcome, last) = await queue.SubmitAndWaitAsync(job, wait, cancellationToken);
            if (outcome.Result == SubmitResult.KeyConflict)
                return (null, Problems.IdempotencyConflict());
            if (last is not null && !last.Status.IsFinal())
                last = isKept ? null : await CallOffAsync(last.Id, cancellationToken);
            return last switch
            {
                null => (null, Problems.ChatTimeout(outcome.Id, isKept
                    ? $"There was no answer within {wait.TotalSeconds:0} s. The job goes on: ask again with the same key, or read it."
                    : $"There was no answer within {wait.TotalSeconds:0} s. The job was cancelled.")),
                { Status: JobStatus.Completed } => (last, null),
                _ => (null, Problems.Of(last)),
            };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !isKept)
        {
            await AbandonAsync(job.Id);
            throw;
        }
    }

    /// <returns>The job, where it ended just before; null when it was cancelled.</returns>
    async Task<JobView?> CallOffAsync(Guid id, CancellationToken cancellationToken)
    {
        var result = await queue.CancelAsync(id, cancellationToken);
        return result == ChangeResult.NotAllowed ? await queue.GetAsync(id, cancellationToken) : null;
    }

    async Task AbandonAsync(Guid id)
    {
        // Not the caller's token, which has ended: the slot on the model server is to be freed all the same.
        using var limit = new CancellationTokenSource(CancelTimeout, time);
        try
        {
            if (await queue.CancelAsync(id, limit.Token) == ChangeResult.Changed)
                LogAbandoned(logger, id);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
        {
            LogNotCancelled(logger, id, fault.Message);
        }
    }

    [LoggerMessage(1020, LogLevel.Information, "The caller of chat job {JobId} left; the job was cancelled.")]
    static partial void LogAbandoned(ILogger logger, Guid jobId);

    [LoggerMessage(1021, LogLevel.Warning,
        "The caller of chat job {JobId} left, and the job could not be cancelled; it ends by its deadline. {Reason}")]
    static partial void LogNotCancelled(ILogger logger, Guid jobId, string reason);
}
