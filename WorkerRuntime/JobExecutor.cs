using System.Diagnostics;
using AiPlatform.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>Runs one attempt: start, perform, normalize, record, report. Whatever the handler does, the attempt ends with one outcome.</summary>
sealed partial class JobExecutor(
    IJobHandler handler,
    OutcomeRecorder recorder,
    WorkerTelemetry telemetry,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<JobExecutor> logger)
{
    // For a cancelled handler to let go. After that its slot is used again.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    static readonly TimeSpan LastReports = TimeSpan.FromSeconds(2);

    /// <param name="giveUp">Fires when the process ends now, and an outcome that could not be recorded so far never will be.</param>
    public async Task ExecuteAsync(Attempt attempt, CancellationToken giveUp)
    {
        try
        {
            await RunAsync(attempt, giveUp);
        }
        catch (Exception defect)
        {
            LogDefect(logger, defect, attempt.Job.Id);
        }
    }

    async Task RunAsync(Attempt attempt, CancellationToken giveUp)
    {
        var startedAt = time.GetTimestamp();
        using var span = telemetry.StartProcessing(attempt.Job);

        var performed = await PerformAsync(attempt);
        var outcome = OutcomeRules.Normalize(performed, attempt.Cancellation.Reason, options.Value.AttemptTimeout);
        if (outcome is AttemptOutcome.Released { Reason: CancellationReason.Preempted })
        {
            // While the fence still holds: the next claim may come right after the release.
            await attempt.EndPreemptedAsync(LastReports);
        }
        var recorded = await recorder.RecordAsync(attempt, outcome, giveUp);

        WorkerTelemetry.End(span, recorded);
        Report(attempt, recorded, time.GetElapsedTime(startedAt));
    }

    /// <returns>Null where the handler let its cancellation out, or never came back from it.</returns>
    async Task<AttemptOutcome?> PerformAsync(Attempt attempt)
    {
        var cancellation = attempt.Cancellation;
        using var limit = LimitTime(attempt);
        try
        {
            if (cancellation.Token.IsCancellationRequested)
            {
                return null;
            }
            var run = handler.RunAsync(attempt, cancellation.Token);
            await Task.WhenAny(run, Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation.Token));
            if (!run.IsCompleted)
            {
                await Task.WhenAny(run, Task.Delay(Patience, time, CancellationToken.None));
            }
            if (!run.IsCompleted)
            {
                LogDoesNotStop(logger, attempt.Job.Id, cancellation.Reason, Patience.TotalSeconds);
                _ = ObserveAsync(run, attempt.Job.Id);
                return null;
            }
            return await run;
        }
        catch (OperationCanceledException) when (cancellation.Token.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure)
        {
            LogFault(logger, failure, attempt.Job.Id);
            return new AttemptOutcome.Failed(
                new JobError(ErrorCategories.WorkerError, $"The worker failed unexpectedly ({failure.GetType().Name}); its log has the details."));
        }
        finally
        {
            attempt.EndHandler();
            await attempt.EndReportsAsync(LastReports);
        }
    }

    /// <summary>The job's deadline or the longest time an attempt may run, whichever is first.</summary>
    ITimer LimitTime(Attempt attempt)
    {
        var (limit, reason) = (options.Value.AttemptTimeout, CancellationReason.Stalled);
        // Both times are the database's, so the clocks of worker and database need not agree.
        if (attempt.Job.Deadline - attempt.Job.StartedAt is { } left && left < limit)
        {
            (limit, reason) = (left > TimeSpan.Zero ? left : TimeSpan.Zero, CancellationReason.Deadline);
        }
        return time.CreateTimer(_ => attempt.Cancellation.Cancel(reason), null, limit, Timeout.InfiniteTimeSpan);
    }

    async Task ObserveAsync(Task late, Guid jobId)
    {
        try
        {
            await late;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            LogFault(logger, failure, jobId);
        }
        catch (OperationCanceledException)
        {
            // It stopped after all.
        }
    }

    /// <summary>Without the message of an error, which may repeat what the job is about; the job has it.</summary>
    void Report(Attempt attempt, RecordedOutcome recorded, TimeSpan elapsed)
    {
        var job = attempt.Job;
        var traceId = Activity.Current?.TraceId.ToString();
        var category = (recorded.Outcome as AttemptOutcome.Failed)?.Error.Category;
        LogOutcome(
            logger, recorded.Level, job.Id, job.TaskType, job.ModelProfile, job.Attempt, recorded.Word, job.Waited.TotalSeconds, elapsed.TotalSeconds,
            attempt.AskedProvider, attempt.AskedModel, category, traceId);
    }

    [LoggerMessage(EventId = 3040, Message =
        "Job {JobId} ({TaskType} on {ModelProfile}), attempt {Attempt}: {Outcome}; waited {WaitSeconds:0.000} s, ran {RunSeconds:0.000} s, "
        + "provider {Provider}, model {Model}, error {ErrorCategory}, trace {TraceId}.")]
    static partial void LogOutcome(
        ILogger logger, LogLevel level, Guid jobId, string taskType, string modelProfile, int attempt, string outcome, double waitSeconds, double runSeconds,
        string? provider, string? model, string? errorCategory, string? traceId);

    [LoggerMessage(3041, LogLevel.Error, "Job {JobId}: the handler failed in a way it does not know.")]
    static partial void LogFault(ILogger logger, Exception failure, Guid jobId);

    [LoggerMessage(3042, LogLevel.Error,
        "Job {JobId}: the handler was told to stop ({Reason}) and still runs after {Seconds} s. Its slot is used again; what it still does is ignored.")]
    static partial void LogDoesNotStop(ILogger logger, Guid jobId, CancellationReason? reason, double seconds);

    [LoggerMessage(3043, LogLevel.Critical, "Job {JobId}: a defect ended its attempt without an outcome; the job runs again when its lease ends.")]
    static partial void LogDefect(ILogger logger, Exception defect, Guid jobId);
}
