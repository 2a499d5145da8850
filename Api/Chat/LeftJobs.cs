using System.Threading.Channels;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Chat;

/// <summary>
/// Jobs whose callers have left. A client that lost its connection asks again for the same job, and somebody else may be watching it: cancelled is
/// only what nobody waits for any more when the grace is over, as far as that can be known: not while Redis is away. A job is watched until its deadline, which ends it by itself. A process that
/// stops cancels nothing: the callers it cuts off ask again elsewhere, and what nobody wants ends by its deadline.
/// </summary>
sealed partial class LeftJobs(JobQueue queue, IOptions<ApiOptions> options, TimeProvider time, ILogger<LeftJobs> logger) : BackgroundService
{
    /// <summary>Between two looks at a job that somebody still waits for.</summary>
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <summary>As many watches that are over may stay in the list.</summary>
    const int FewWatches = 64;

    // Unbounded: there is one entry for a connection that has ended.
    readonly Channel<Guid> _left = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    int _watched;

    /// <summary>How many jobs are being looked after.</summary>
    public int Watched => Volatile.Read(ref _watched);

    public void Add(Guid id)
    {
        Interlocked.Increment(ref _watched);
        _left.Writer.TryWrite(id);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> watches = [];
        var most = FewWatches;
        try
        {
            await foreach (var id in _left.Reader.ReadAllAsync(stoppingToken))
            {
                // Walked when it has doubled, and not for each new one.
                if (watches.Count >= most)
                {
                    watches.RemoveAll(watch => watch.IsCompleted);
                    most = Math.Max(FewWatches, 2 * watches.Count);
                }
                watches.Add(WatchAsync(id, stoppingToken));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
        await Task.WhenAll(watches);
    }

    /// <summary>Never fails: nobody would see it before the process ends.</summary>
    async Task WatchAsync(Guid id, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(options.Value.ChatLeftGrace, time, stopping);
            if (await IsUnwantedAsync(id, stopping) && await queue.CancelAsync(JobScope.All, id, stopping) == ChangeResult.Changed)
                LogCancelled(logger, id);
        }
        catch (StoreUnavailableException absence)
        {
            LogNotCancelled(logger, id, absence.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Its deadline ends it.
        }
        catch (Exception defect)
        {
            LogDefect(logger, defect, id);
        }
        finally
        {
            Interlocked.Decrement(ref _watched);
        }
    }

    /// <returns>Whether nobody waits for the job any more; false also where it has ended, or its time is over, before that is known.</returns>
    async Task<bool> IsUnwantedAsync(Guid id, CancellationToken stopping)
    {
        if (await queue.IsAwaitedAsync(id) is false)
            return true;
        if (await queue.GetAsync(JobScope.All, id, stopping) is not { } job || job.Status.IsFinal())
            return false;
        var end = job.Deadline ?? time.GetUtcNow() + options.Value.WaitFor(job.TaskType);
        while (time.GetUtcNow() < end)
        {
            await Task.Delay(LookAgain, time, stopping);
            if (await queue.IsAwaitedAsync(id) is false)
                return true;
        }
        return false;
    }

    [LoggerMessage(1020, LogLevel.Information, "The caller of chat job {JobId} left and nobody else waits for it; it was cancelled.")]
    static partial void LogCancelled(ILogger logger, Guid jobId);

    [LoggerMessage(1021, LogLevel.Warning,
        "The caller of chat job {JobId} left, and the job could not be cancelled; it ends by its deadline. {Reason}")]
    static partial void LogNotCancelled(ILogger logger, Guid jobId, string reason);

    [LoggerMessage(1022, LogLevel.Error, "The caller of chat job {JobId} left, and looking after the job failed; it ends by its deadline.")]
    static partial void LogDefect(ILogger logger, Exception defect, Guid jobId);
}
