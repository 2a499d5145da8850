using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>
/// Writes generated text to a job's event stream with one write outstanding. Text waiting for its turn is bounded by the answer it belongs to,
/// which the handler holds in memory too. What Redis does not take stays waiting, and goes with the next piece.
/// </summary>
sealed partial class TokenWriter(JobEvents events, ClaimedJob job, AttemptCancellation cancellation, TimeProvider time, ILogger logger)
{
    // One event stays small enough to be relayed at once, whatever piled up behind a slow write.
    const int MostCharacters = 16 * 1024;

    static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);

    readonly Lock gate = new();
    readonly StringBuilder waiting = new();
    Task writing = Task.CompletedTask;
    int written;
    int? tokens;
    TextSource source;
    TextSource toldSource;
    bool isContinuable = true;
    bool restarts;
    int texts;
    bool busy;
    bool stopped;

    DateTimeOffset Start => job.StartedAt!.Value;

    public void Append(TextPiece piece)
    {
        lock (gate)
        {
            if (stopped || piece.Text.Length == 0)
            {
                return;
            }
            waiting.Append(piece.Text);
            tokens = piece.Tokens;
            isContinuable &= piece.IsContinuable;
            source = piece.From;
            Write_NeedsLock();
        }
    }

    /// <summary>Takes back the text so far: those who watch are told that it begins anew.</summary>
    public void Restart()
    {
        lock (gate)
        {
            if (stopped)
            {
                return;
            }
            waiting.Clear();
            (written, tokens, toldSource, isContinuable, restarts) = (0, null, default, true, true);
            texts++;
            Write_NeedsLock();
        }
    }

    /// <summary>Reads what earlier runs of the job have told, which can tell nothing more from now on.</summary>
    /// <returns>Null where they told nothing; what cannot be read cannot be gone on with.</returns>
    public async Task<EarlierText?> TakeOverAsync(CancellationToken ct)
    {
        var reader = new EarlierTextReader();
        switch (await events.TakeOverAsync(job, reader.Read, ct))
        {
            case EventResult.Done:
                return reader.Text;
            case EventResult.Dropped:
                return reader.Text is { } part ? part with { IsContinuable = false } : null;
            default:
                cancellation.Cancel(CancellationReason.LeaseLost);
                return null;
        }
    }

    /// <summary>Tells those who watch that this run goes on with earlier text. To be called before any of its own.</summary>
    /// <returns>False where they may not have been told: the text has to begin anew.</returns>
    public async Task<bool> ContinueAsync(EarlierText earlier, CancellationToken ct)
    {
        var data = JsonSerializer.SerializeToElement(
            new ContinuedEvent(Start, earlier.StartedAt, earlier.Text.Length), ContractsJson.Default.ContinuedEvent);
        var result = await events.AddAsync(job, JobEventTypes.Continued, data, ct);
        if (result == EventResult.Stale)
        {
            cancellation.Cancel(CancellationReason.LeaseLost);
        }
        if (result != EventResult.Done)
        {
            return false;
        }
        lock (gate)
        {
            (written, tokens) = (earlier.Text.Length, earlier.Tokens);
        }
        return true;
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

    /// <summary>Ends the text of a run that was aborted for another job, and says so as the last of it.</summary>
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

    void Write_NeedsLock()
    {
        if (!busy)
        {
            busy = true;
            writing = Task.Run(WriteAllAsync, CancellationToken.None);
        }
    }

    async Task WriteAllAsync()
    {
        try
        {
            while (Next() is { } next)
            {
                using var limit = new CancellationTokenSource(WriteLimit, time);
                var result = await events.AddAsync(job, next.Type, next.Data, limit.Token);
                if (result == EventResult.Stale)
                {
                    Stop();
                    cancellation.Cancel(CancellationReason.LeaseLost);
                }
                else if (!Written(next, result == EventResult.Done))
                {
                    return;
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

    /// <summary>What is to be written next; it stays waiting until it is.</summary>
    Waiting? Next()
    {
        lock (gate)
        {
            if (!stopped && restarts)
            {
                return new(JobEventTypes.Restart, JsonSerializer.SerializeToElement(new RestartEvent(Start), ContractsJson.Default.RestartEvent), 0, texts, default);
            }
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
            var token = new TokenEvent(waiting.ToString(0, count), Start)
            {
                At = written,
                Tokens = count == waiting.Length ? tokens : null,
                Continuable = isContinuable ? null : false,
                From = source == toldSource ? null : source,
            };
            return new(JobEventTypes.Token, JsonSerializer.SerializeToElement(token, ContractsJson.Default.TokenEvent), count, texts, source);
        }
    }

    /// <returns>Whether to go on at once. While Redis is away, the next piece tries again.</returns>
    bool Written(Waiting written, bool isDone)
    {
        lock (gate)
        {
            // Text that was taken back meanwhile is not waiting any more.
            if (isDone && written.Text == texts)
            {
                waiting.Remove(0, Math.Min(written.Characters, waiting.Length));
                this.written += written.Characters;
                (toldSource, restarts) = (written.From, false);
            }
            busy = isDone;
            return isDone;
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

    /// <param name="Text">Counts the texts that began anew.</param>
    sealed record Waiting(string Type, JsonElement Data, int Characters, int Text, TextSource From);

    [LoggerMessage(3001, LogLevel.Warning, "Job {JobId}: the rest of its generated text is not streamed; its result is not affected.")]
    static partial void LogLost(ILogger logger, Exception failure, Guid jobId);

    [LoggerMessage(3004, LogLevel.Warning, "Job {JobId}: its events do not say that the run was aborted for another job.")]
    static partial void LogNotTold(ILogger logger, Exception failure, Guid jobId);

    [LoggerMessage(3002, LogLevel.Warning, "Job {JobId}: the end of its text was not streamed within {Seconds} s; its result is not affected.")]
    static partial void LogSlow(ILogger logger, Guid jobId, double seconds);
}
