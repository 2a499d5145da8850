using System.Threading.Channels;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Chat;

/// <summary>
/// Jobs whose callers have left. A client that lost its connection asks again for the same job, and somebody else may be watching it: cancelled is
/// only what nobody waits for any more when the grace is over, as far as that can be known: not while Redis is away. A process that stops cancels nothing: the callers it cuts off ask again elsewhere,
/// and what nobody wants ends by its deadline.
/// </summary>
sealed partial class LeftJobs(JobQueue queue, IOptions<ApiOptions> options, TimeProvider time, ILogger<LeftJobs> logger) : BackgroundService
{
    /// <summary>Between two looks at a job that somebody still waits for.</summary>
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    // Unbounded: there is one entry for a connection that has ended.
    readonly Channel<Guid> _left = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(Guid id) => _left.Writer.TryWrite(id);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<Task> watches = [];
        try
        {
            await foreach (var id in _left.Reader.ReadAllAsync(stoppingToken))
            {
                watches.RemoveAll(watch => watch.IsCompletedSuccessfully);
                watches.Add(WatchAsync(id, stoppingToken));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops.
        }
        await Task.WhenAll(watches);
    }

    async Task WatchAsync(Guid id, CancellationToken stopping)
    {
        try
        {
            await Task.Delay(options.Value.ChatLeftGrace, time, stopping);
            while (await queue.IsAwaitedAsync(id) is not false)
                await Task.Delay(LookAgain, time, stopping);
            if (await queue.CancelAsync(JobScope.All, id, stopping) == ChangeResult.Changed)
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
    }

    [LoggerMessage(1020, LogLevel.Information, "The caller of chat job {JobId} left and nobody else waits for it; it was cancelled.")]
    static partial void LogCancelled(ILogger logger, Guid jobId);

    [LoggerMessage(1021, LogLevel.Warning,
        "The caller of chat job {JobId} left, and the job could not be cancelled; it ends by its deadline. {Reason}")]
    static partial void LogNotCancelled(ILogger logger, Guid jobId, string reason);
}
