using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>
/// Takes the free slots, asks for as many jobs, starts them, and asks again as soon as a slot is free; while none is, <see cref="Preemptor"/> may put
/// a more urgent job in the place of a run. Where the handler says what can be started, <see cref="AdmittedClaims"/> asks for just that. It stops in two steps: first it takes no more work, then, after the grace period, what still runs is told to
/// stop and given back.
/// </summary>
sealed partial class WorkerPump(
    IJobHandler handler,
    AttemptSlots slots,
    SteadyClaims claims,
    Preemptor preemptor,
    AdmittedClaims admitted,
    AttemptFactory attempts,
    JobExecutor executor,
    WorkerStatus status,
    WorkerIdentity identity,
    IOptions<WorkerOptions> options,
    IOptions<HostOptions> host,
    TimeProvider time,
    ILogger<WorkerPump> logger) : BackgroundService, IHostedLifecycleService
{
    // After the grace period: for handlers to let go and for outcomes to be recorded. Part of the 5 s that WORKER_GRACE_PERIOD promises.
    static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(4);
    static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(5);

    readonly CancellationTokenSource stopTaking = new();
    readonly CancellationTokenSource giveUp = new();
    readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    WorkerOptions Settings => options.Value;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // The host reads this when it stops. Setting it here keeps a bad setting out of the host's own start, where its message would be lost.
        var needed = Settings.GracePeriod + StopMargin;
        host.Value.ShutdownTimeout = host.Value.ShutdownTimeout > needed ? host.Value.ShutdownTimeout : needed;
        return base.StartAsync(cancellationToken);
    }

    /// <summary>No job is taken before the whole process has started: a port that is taken must not cost a job its start.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        started.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>The drain. It comes before anything is stopped, so leases are renewed and status is answered meanwhile.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        status.Drain();
        await stopTaking.CancelAsync();
        await Task.WhenAny(ExecuteTask ?? Task.CompletedTask, Task.Delay(SettleTime, time, cancellationToken));
        LogDraining(logger, slots.Busy, Settings.GracePeriod.TotalSeconds);

        if (await slots.EmptiedAsync(Settings.GracePeriod, time, cancellationToken))
        {
            return;
        }
        var unfinished = slots.Running;
        LogGivingBack(logger, unfinished.Count);
        foreach (var attempt in unfinished)
        {
            attempt.Cancellation.Cancel(CancellationReason.Shutdown);
        }
        await slots.EmptiedAsync(SettleTime, time, cancellationToken);
        await giveUp.CancelAsync();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        base.Dispose();
        stopTaking.Dispose();
        giveUp.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var taking = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, stopTaking.Token);
        try
        {
            await started.Task.WaitAsync(taking.Token);
            LogStarted(logger, identity.Id, Settings.Slots, string.Join(", ", handler.TaskTypes), string.Join(", ", handler.ModelProfiles));
            while (true)
            {
                var (jobs, askedAt) = handler.Openings is null
                    ? await NextAsync(taking.Token)
                    : await admitted.NextAsync(StartInPlaceOf, taking.Token);
                StartAll(jobs, askedAt, taking.Token);
            }
        }
        catch (OperationCanceledException) when (taking.IsCancellationRequested)
        {
            // Told to take no more work.
        }
    }

    async Task<(IReadOnlyList<ClaimedJob> Jobs, long AskedAt)> NextAsync(CancellationToken taking)
    {
        var free = await preemptor.TakeFreeAsync((job, askedAt, lower) => StartInPlaceOf(job, askedAt, lower, hasToStop: false), taking);
        var request = new ClaimRequest(identity.Id, handler.TaskTypes, handler.ModelProfiles, free, Settings.Lease, SteadyClaims.Wait);
        var claimed = await claims.ClaimAsync(request, taking);
        slots.Return(free - claimed.Jobs.Count);
        return claimed;
    }

    void StartAll(IReadOnlyList<ClaimedJob> jobs, long askedAt, CancellationToken taking)
    {
        if (jobs.Count > 0)
        {
            status.Claimed();
        }
        foreach (var job in jobs)
        {
            var attempt = attempts.Create(job, askedAt);
            if (taking.IsCancellationRequested)
            {
                // Claimed in the moment of the stop signal: another worker can start it now, this one would only use up its grace period.
                attempt.Cancellation.Cancel(CancellationReason.Shutdown);
            }
            slots.Fill(attempt, filled => executor.ExecuteAsync(filled, giveUp.Token));
        }
    }

    /// <summary>The job's lease runs from its claim, so it is in hand, and renewed, while the run still lets go.</summary>
    /// <param name="hasToStop">Whether the run is stopped also where a slot is free: for its place at a model server.</param>
    void StartInPlaceOf(ClaimedJob job, long askedAt, Attempt lower, bool hasToStop)
    {
        status.Claimed();
        var stops = hasToStop ? slots.TakeOver(lower) : slots.TakeFrom(lower);
        slots.Fill(attempts.Create(job, askedAt), async filled =>
        {
            if (stops)
            {
                Preempt(lower, job);
                await lower.HandlerEnded;
            }
            await executor.ExecuteAsync(filled, giveUp.Token);
        });
    }

    void Preempt(Attempt lower, ClaimedJob by)
    {
        if (!lower.IsEnding && lower.Cancellation.Cancel(CancellationReason.Preempted))
        {
            LogPreempted(logger, lower.Job.Id, lower.Job.TaskType, lower.Job.Priority, lower.Job.Preemptions + 1, by.Id, by.Priority);
        }
    }

    [LoggerMessage(3030, LogLevel.Information,
        "Worker {WorkerId} takes up to {Slots} jobs at a time: task types {TaskTypes}; profiles {ModelProfiles}.")]
    static partial void LogStarted(ILogger logger, string workerId, int slots, string taskTypes, string modelProfiles);

    [LoggerMessage(3031, LogLevel.Information, "Stopping: no more jobs are taken; {Count} in hand may finish within {GraceSeconds} s.")]
    static partial void LogDraining(ILogger logger, int count, double graceSeconds);

    [LoggerMessage(3032, LogLevel.Information, "The grace period is over: {Count} unfinished jobs are given back.")]
    static partial void LogGivingBack(ILogger logger, int count);

    [LoggerMessage(3035, LogLevel.Information,
        "Job {JobId} ({TaskType}, {Priority}) is aborted and goes back to the queue, preemption {Preemptions}: job {ByJobId} ({ByPriority}) takes its slot.")]
    static partial void LogPreempted(
        ILogger logger, Guid jobId, string taskType, JobPriority priority, int preemptions, Guid byJobId, JobPriority byPriority);
}
