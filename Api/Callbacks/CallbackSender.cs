using System.Diagnostics;
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

    /// <summary>How long reading the job and beginning the call may take, and recording the outcome after it.</summary>
    static readonly TimeSpan StoreTime = TimeSpan.FromSeconds(5);

    /// <summary>More than a taker needs, so that a callback is not taken by another one meanwhile.</summary>
    static readonly TimeSpan Lease = 2 * StoreTime;

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
                _calls.ByHost, options.Value.HostConcurrency, free, Lease, ct))
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
        TakenCallback? begun = null;
        using var span = CallbackTelemetry.Start(callback);
        try
        {
            CallbackOutcome? outcome = IsOver(callback);
            if (outcome is null)
            {
                (var job, begun) = await BeginAsync(callback);
                if (begun is null)
                    return;
                outcome = await CallAsync(begun, job!);
            }
            await RecordAsync(begun ?? callback, outcome, time.GetElapsedTime(start), span);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            if (begun is null)
                LogNotBegun(callback.JobId, Reason(failure));
            else
                LogUnrecorded(callback.JobId, Reason(failure));
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

    /// <returns>Null where it may be called.</returns>
    CallbackOutcome.Failed? IsOver(TakenCallback callback)
    {
        var settings = options.Value;
        if (callback.Tries >= settings.MaxTries)
            return new("was called too often without a record of the outcome.", "unrecorded", IsFinal: true);
        return callback.Age >= settings.MaxAge ? new("was not called in the time of CALLBACK_MAX_AGE.", "too_old", IsFinal: true) : null;
    }

    /// <summary>Reads the job and notes that it is being told. What fails until then is no call: no try is spent, and the callback comes again when
    /// its lease ends.</summary>
    /// <returns>Nulls where there is nothing to tell any more: the job was removed or opened again, or another one tells of it.</returns>
    async Task<(JobView? Job, TakenCallback? Begun)> BeginAsync(TakenCallback callback)
    {
        using var limit = new CancellationTokenSource(StoreTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stopCalls.Token);
        var job = await queue.GetAsync(JobScope.All, callback.JobId, either.Token);
        if (job is { FinishedAt: not null } && job.Status.IsFinal())
            return (job, await outbox.BeginAsync(callback, options.Value.Timeout + Lease, either.Token));
        await outbox.EndAsync(callback, either.Token);
        return default;
    }

    /// <returns>Null where we broke it off: another process makes the call.</returns>
    async Task<CallbackOutcome?> CallAsync(TakenCallback callback, JobView job)
    {
        try
        {
            var message = CallbackMessage.Of(job, json.Value.SerializerOptions, options.Value.MaxBodyMegabytes * 1024 * 1024);
            return await client.PostAsync(callback.Url, message, _stopCalls.Token);
        }
        catch (OperationCanceledException) when (_stopCalls.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <param name="outcome">Null where we broke the call off.</param>
    async Task RecordAsync(TakenCallback callback, CallbackOutcome? outcome, TimeSpan took, Activity? span)
    {
        // The process may be stopping, and the outcome is to be recorded all the same.
        using var limit = new CancellationTokenSource(StoreTime, time);
        switch (outcome)
        {
            case null:
                await outbox.GiveBackAsync(callback, limit.Token);
                break;
            case CallbackOutcome.Delivered:
                telemetry.Called("delivered", null, took, span);
                await outbox.EndAsync(callback, limit.Token);
                break;
            case CallbackOutcome.Failed failed when PauseAfter(failed, callback) is { } pause:
                telemetry.Called("retried", failed.Type, took, span);
                LogRetried(callback.JobId, callback.Host, failed.Reason, callback.Tries, pause.TotalSeconds);
                await outbox.RepeatAsync(callback, pause, limit.Token);
                break;
            case CallbackOutcome.Failed failed:
                telemetry.Called("given_up", failed.Type, took, span);
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

    static string Reason(Exception failure) =>
        failure is OperationCanceledException ? "Postgres did not answer in time." : failure.GetBaseException().Message;

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

    [LoggerMessage(1037, LogLevel.Warning, "The callback of job {JobId} could not be begun, as the job could not be read; it is tried again. {Reason}")]
    partial void LogNotBegun(Guid jobId, string reason);
}
