using System.Collections.Concurrent;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>Several workers on one queue.</summary>
public sealed class PreemptionOrderTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_higher_job_waits_while_an_interruptible_lower_one_runs_and_no_run_is_aborted_without_need()
    {
        var gates = new ConcurrentDictionary<JobPriority, TaskCompletionSource>();
        var handlers = Enumerable.Range(0, 3).Select(_ => new ScriptedHandler(async (attempt, ct) =>
        {
            await gates.GetOrAdd(attempt.Job.Priority, _ => new TaskCompletionSource()).Task.WaitAsync(ct);
            return ScriptedHandler.Done;
        })).ToArray();
        await using var first = await StartAsync(handlers[0]);
        await using var second = await StartAsync(handlers[1], first);
        await using var third = await StartAsync(handlers[2], first);
        WorkerHost[] workers = [first, second, third];
        MeterRecorder[] meters = [.. workers.Select(worker => new MeterRecorder(JobsTelemetry.Name, worker.Get<System.Diagnostics.Metrics.IMeterFactory>()))];
        double Preemptions() => meters.Sum(meter => meter.Sum("aiplatform.job.preempted"));

        var low = await SubmitAsync(workers, JobPriority.Low, 9);
        await AssertRunningAsync(first, low: 6);
        var normal = await SubmitAsync(workers, JobPriority.Normal, 2);
        await AssertRunningAsync(first, low: 4, normal: 2);
        var high = await SubmitAsync(workers, JobPriority.High, 3);
        await AssertRunningAsync(first, low: 1, normal: 2, high: 3);
        await Eventually.That(() => Assert.Equal(5, Preemptions()), Ct);

        gates[JobPriority.High].SetResult();
        gates[JobPriority.Normal].SetResult();
        await AssertRunningAsync(first, low: 6);
        gates[JobPriority.Low].SetResult();

        foreach (var id in low.Concat(normal).Concat(high))
        {
            var job = await first.FinalAsync(id);
            Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
        }
        Assert.Equal(5, Preemptions());
        Assert.All(handlers, handler => Assert.InRange(handler.MostRunning, 1, 2));
        foreach (var meter in meters)
        {
            meter.Dispose();
        }
    }

    [Fact]
    public async Task A_worker_with_a_free_slot_gets_the_job_and_a_busy_one_only_looks_after_a_head_start()
    {
        var time = new ManualTimeProvider();
        var busy = ScriptedHandler.Endless();
        var free = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(stores, busy, options => options.Slots = 1, time: time);
        await worker.SubmitAsync(priority: JobPriority.Low);
        var low = await busy.StartedAsync();
        await using var other = await WorkerHost.StartAsync(stores, free, options => options.Slots = 1, beside: worker);

        var first = await other.SubmitAsync(priority: JobPriority.High);
        Assert.Equal(first, (await free.StartedAsync()).Job.Id);
        var second = await other.SubmitAsync(priority: JobPriority.High);
        await Eventually.That(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(25));
            Assert.True(busy.HasStartedMore);
        }, Ct);

        Assert.Equal((second, CancellationReason.Preempted), ((await busy.StartedAsync()).Job.Id, low.Cancellation.Reason));
    }

    Task<WorkerHost> StartAsync(ScriptedHandler handler, WorkerHost? beside = null) =>
        WorkerHost.StartAsync(stores, handler, options => options.Slots = 2, beside);

    static async Task<List<Guid>> SubmitAsync(WorkerHost[] workers, JobPriority priority, int count)
    {
        List<Guid> ids = [];
        for (var i = 0; i < count; i++)
        {
            ids.Add(await workers[i % workers.Length].SubmitAsync(priority: priority));
        }
        return ids;
    }

    static Task AssertRunningAsync(WorkerHost worker, int low = 0, int normal = 0, int high = 0) => Eventually.That(async () =>
    {
        var running = (await worker.Queue.ListAsync(JobScope.All, new JobFilter { Status = JobStatus.Running }, null, 100, Ct)).Jobs;
        int Count(JobPriority priority) => running.Count(job => job.Priority == priority);
        Assert.Equal((low, normal, high), (Count(JobPriority.Low), Count(JobPriority.Normal), Count(JobPriority.High)));
    }, Ct);
}
