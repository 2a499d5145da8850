using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Callbacks;

/// <summary>Tells callers of the ends of their jobs. Every API process takes callbacks from the outbox as it has places free; one that is taken by a
/// process that dies comes back when its lease ends, so a receiver may be told twice, never not at all.</summary>
sealed partial class CallbackSender(
    CallbackOutbox outbox, JobQueue queue, CallbackClient client, CallbackSignature signature, CallbackTelemetry telemetry,
    IOptions<CallbackOptions> options, IOptions<JsonOptions> json, TimeProvider time, ILogger<CallbackSender> log) : BackgroundService
{
    /// <summary>How often the outbox is looked into while no call ends, which is a reason to look too. Costs one probe of an index that holds only
    /// what waits.</summary>
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    /// <summary>Added to the time of a call: for reading the job before it and recording the outcome after it, each half of it at most.</summary>
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <summary>How long calls in hand may go on when the process stops.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    readonly CancellationTokenSource _stopCalls = new();
    readonly SemaphoreSlim _ended = new(0);
    readonly CallsInHand _calls = new();
    bool _isStoreAway;

    public override void Dispose()
    {
        _stopCalls.Dispose();
        _ended.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        if (!signature.IsPossible)
        {
            LogOff();
            return;
        }
        try
        {
            while (true)
            {
                await TakeDueAsync(ct);
                await _ended.WaitAsync(Idle, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            var left = _calls.All;
            await Task.WhenAny(left, Task.Delay(Grace, time, CancellationToken.None));
            await _stopCalls.CancelAsync();
            await left;
        }
    }

    async Task TakeDueAsync(CancellationToken ct)
    {
        var free = options.Value.Concurrency - _calls.Count;
        if (free == 0)
            return;
        try
        {
            foreach (var callback in await outbox.TakeAsync(
                _calls.ByHost, options.Value.HostConcurrency, free, options.Value.Timeout + Margin, ct))
            {
                _calls.Add(callback.Host, () => DeliverAsync(callback));
            }
            _isStoreAway = false;
        }
        catch (StoreUnavailableException failure)
        {
            if (!_isStoreAway)
                LogStoreAway(failure.GetBaseException().Message);
            _isStoreAway = true;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The process serves callers too and must not end for it; a person should look.
            LogTakingFailed(failure);
        }
    }

    async Task DeliverAsync(TakenCallback callback)
    {
        var start = time.GetTimestamp();
        try
        {
            CallbackOutcome? outcome = null;
            try
            {
                outcome = await CallAsync(callback, _stopCalls.Token);
            }
            catch (OperationCanceledException) when (_stopCalls.IsCancellationRequested)
            {
                // Another process makes the call.
            }
            await RecordAsync(callback, outcome, time.GetElapsedTime(start));
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            LogUnrecorded(callback.JobId, failure.GetBaseException().Message);
        }
        catch (Exception failure)
        {
            LogCallFailed(callback.JobId, failure);
        }
        finally
        {
            _calls.Remove(callback.Host);
            if (_ended.CurrentCount == 0)
                _ended.Release();
        }
    }

    async Task<CallbackOutcome> CallAsync(TakenCallback callback, CancellationToken ct)
    {
        if (callback.Tries > options.Value.MaxTries)
            return new CallbackOutcome.Failed("was called too often without a record of the outcome.", "unrecorded", IsFinal: true);

        using var limit = new CancellationTokenSource(Margin / 2, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var job = await queue.GetAsync(callback.JobId, either.Token);
        return job is { FinishedAt: not null } && job.Status.IsFinal()
            ? await client.PostAsync(
                callback.Url, CallbackMessage.Of(job, json.Value.SerializerOptions, options.Value.MaxBodyMegabytes * 1024 * 1024), ct)
            : new CallbackOutcome.Obsolete();
    }

    /// <param name="outcome">Null where no call was made, or it was broken off by us.</param>
    async Task RecordAsync(TakenCallback callback, CallbackOutcome? outcome, TimeSpan took)
    {
        // The process may be stopping, and the outcome is to be recorded all the same.
        using var limit = new CancellationTokenSource(Margin / 2, time);
        switch (outcome)
        {
            case null:
                await outbox.GiveBackAsync(callback, limit.Token);
                break;
            case CallbackOutcome.Obsolete:
                await outbox.EndAsync(callback, limit.Token);
                break;
            case CallbackOutcome.Delivered:
                telemetry.Called("delivered", null, took);
                await outbox.EndAsync(callback, limit.Token);
                break;
            case CallbackOutcome.Failed failed when PauseAfter(failed, callback) is { } pause:
                telemetry.Called("retried", failed.Type, took);
                LogRetried(callback.JobId, callback.Host, failed.Reason, callback.Tries, pause.TotalSeconds);
                await outbox.RepeatAsync(callback, pause, limit.Token);
                break;
            case CallbackOutcome.Failed failed:
                telemetry.Called("given_up", failed.Type, took);
                LogGivenUp(callback.JobId, callback.Host, failed.Reason, callback.Tries);
                await outbox.EndAsync(callback, limit.Token);
                break;
        }
    }

    /// <returns>Null where no other call is to be made.</returns>
    TimeSpan? PauseAfter(CallbackOutcome.Failed failed, TakenCallback callback)
    {
        var settings = options.Value;
        if (failed.IsFinal || callback.Tries >= settings.MaxTries)
            return null;
        var pause = CallbackBackoff.After(callback.Tries, settings.RetryDelay, failed.RetryAfter, settings.MaxAge, Random.Shared.NextDouble());
        return callback.Age + pause < settings.MaxAge ? pause : null;
    }

    [LoggerMessage(1030, LogLevel.Information, "No callbacks are made by this process: CALLBACK_SECRET is not set.")]
    partial void LogOff();

    [LoggerMessage(1031, LogLevel.Information, "Callback of job {JobId}: {Host} {Reason} Try {Tries}; the next one in {PauseSeconds:0} s.")]
    partial void LogRetried(Guid jobId, string host, string reason, int tries, double pauseSeconds);

    [LoggerMessage(1032, LogLevel.Warning,
        "Callback of job {JobId}: {Host} {Reason} Given up after try {Tries}; GET /api/v1/jobs/{JobId} still answers the job.")]
    partial void LogGivenUp(Guid jobId, string host, string reason, int tries);

    [LoggerMessage(1033, LogLevel.Warning, "Callbacks stand still: {Reason}")]
    partial void LogStoreAway(string reason);

    [LoggerMessage(1034, LogLevel.Warning, "What came of the callback of job {JobId} could not be recorded; it is made again. {Reason}")]
    partial void LogUnrecorded(Guid jobId, string reason);

    [LoggerMessage(1035, LogLevel.Error, "Callbacks could not be taken from the outbox; it is tried again.")]
    partial void LogTakingFailed(Exception failure);

    [LoggerMessage(1036, LogLevel.Error, "The callback of job {JobId} failed; it is made again.")]
    partial void LogCallFailed(Guid jobId, Exception failure);
}
