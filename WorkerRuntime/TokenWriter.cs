using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>
/// Writes generated text to a job's event stream with one write outstanding. Text waiting for its turn is bounded by the answer it belongs to,
/// which the handler holds in memory too.
/// </summary>
sealed partial class TokenWriter(JobEvents events, ClaimedJob job, AttemptCancellation cancellation, TimeProvider time, ILogger logger)
{
    // One event stays small enough to be relayed at once, whatever piled up behind a slow write.
    const int MostCharacters = 16 * 1024;

    static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);

    readonly Lock gate = new();
    readonly StringBuilder waiting = new();
    Task writing = Task.CompletedTask;
    bool busy;
    bool stopped;

    public void Append(string text)
    {
        lock (gate)
        {
            if (stopped || text.Length == 0)
            {
                return;
            }
            waiting.Append(text);
            if (!busy)
            {
                busy = true;
                writing = Task.Run(WriteAllAsync, CancellationToken.None);
            }
        }
    }

    public async Task FlushAsync(TimeSpan limit)
    {
        Task last;
        lock (gate)
        {
            last = writing;
        }
        try
        {
            await last.WaitAsync(limit, time, cancellation.Token);
        }
        catch (OperationCanceledException) when (cancellation.Token.IsCancellationRequested)
        {
            // Nobody needs the rest.
        }
        catch (TimeoutException)
        {
            LogSlow(logger, job.Id, limit.TotalSeconds);
        }
        Stop();
    }

    /// <summary>Ends the text of a run that was aborted for another job: as the last of it, it is said to be void.</summary>
    /// <param name="limit">For a write that is under way.</param>
    public async Task EndPreemptedAsync(TimeSpan limit)
    {
        Stop();
        await Task.WhenAny(writing, Task.Delay(limit, time, CancellationToken.None));
        try
        {
            using var stop = new CancellationTokenSource(WriteLimit, time);
            var data = JsonSerializer.SerializeToElement(
                new PreemptedEvent(job.StartedAt!.Value, job.Preemptions + 1), ContractsJson.Default.PreemptedEvent);
            await events.AppendAsync(job, JobEventTypes.Preempted, data, stop.Token);
        }
        catch (Exception failure)
        {
            // As with tokens. Those who watch see the job's status.
            LogNotTold(logger, failure, job.Id);
        }
    }

    async Task WriteAllAsync()
    {
        try
        {
            while (TakeWaiting() is { } text)
            {
                using var limit = new CancellationTokenSource(WriteLimit, time);
                var data = JsonSerializer.SerializeToElement(new TokenEvent(text, job.StartedAt!.Value), ContractsJson.Default.TokenEvent);
                if (!await events.AppendAsync(job, JobEventTypes.Token, data, limit.Token))
                {
                    Stop();
                    cancellation.Cancel(CancellationReason.LeaseLost);
                }
            }
        }
        catch (Exception failure)
        {
            // Tokens are for those who watch. The result does not depend on them, so neither does the attempt.
            Stop();
            LogLost(logger, failure, job.Id);
        }
    }

    string? TakeWaiting()
    {
        lock (gate)
        {
            if (stopped || waiting.Length == 0)
            {
                busy = false;
                return null;
            }
            var count = Math.Min(waiting.Length, MostCharacters);
            if (count < waiting.Length && char.IsHighSurrogate(waiting[count - 1]))
            {
                count--;
            }
            var text = waiting.ToString(0, count);
            waiting.Remove(0, count);
            return text;
        }
    }

    void Stop()
    {
        lock (gate)
        {
            stopped = true;
            waiting.Clear();
        }
    }

    [LoggerMessage(3001, LogLevel.Warning, "Job {JobId}: the rest of its generated text is not streamed; its result is not affected.")]
    static partial void LogLost(ILogger logger, Exception failure, Guid jobId);

    [LoggerMessage(3004, LogLevel.Warning, "Job {JobId}: its events do not say that the run was aborted for another job.")]
    static partial void LogNotTold(ILogger logger, Exception failure, Guid jobId);

    [LoggerMessage(3002, LogLevel.Warning, "Job {JobId}: the end of its text was not streamed within {Seconds} s; its result is not affected.")]
    static partial void LogSlow(ILogger logger, Guid jobId, double seconds);
}
