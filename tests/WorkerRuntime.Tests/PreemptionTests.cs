using System.Collections.Concurrent;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>One worker, all slots busy, and a more urgent job.</summary>
public sealed class PreemptionTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_youngest_low_run_makes_room_and_is_the_next_low_one_to_run()
    {
        var high = new TaskCompletionSource();
        var handler = Gated(JobPriority.High, high.Task);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 2);
        using var meter = Meter(worker);
        var older = await StartAsync(worker, handler, JobPriority.Low);
        var younger = await StartAsync(worker, handler, JobPriority.Low);
        var later = await worker.SubmitAsync(priority: JobPriority.Low);

        var urgent = await StartAsync(worker, handler, JobPriority.High);

        Assert.Equal((null, CancellationReason.Preempted), (older.Cancellation.Reason, younger.Cancellation.Reason));
        await Eventually.That(async () =>
        {
            var job = await worker.ReadAsync(younger.Job.Id);
            Assert.Equal((JobStatus.Pending, 0, null), (job.Status, job.Attempt, job.Error));
            Assert.Equal(1, meter.Sum("aiplatform.job.preempted", ("task_type", "llm_chat"), ("model_profile", "default"), ("priority", "low")));
        }, Ct);
        high.SetResult();
        var again = await handler.StartedAsync();
        Assert.Equal((younger.Job.Id, 1, 1), (again.Job.Id, again.Job.Attempt, again.Job.Preemptions));
        Assert.Equal(JobStatus.Completed, (await worker.FinalAsync(urgent.Job.Id)).Status);
        Assert.Equal((JobStatus.Pending, 2), ((await worker.ReadAsync(later)).Status, handler.MostRunning));
    }

    [Fact]
    public async Task The_lowest_priority_makes_room_however_old_and_normal_runs_are_left_alone_by_default()
    {
        var high = new TaskCompletionSource();
        var handler = Gated(JobPriority.High, high.Task);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 2);
        var low = await StartAsync(worker, handler, JobPriority.Low);
        var normal = await StartAsync(worker, handler, JobPriority.Normal);

        var first = await StartAsync(worker, handler, JobPriority.High);
        var second = await worker.SubmitAsync(priority: JobPriority.High);
        Assert.Equal(CancellationReason.Preempted, low.Cancellation.Reason);
        high.SetResult();

        Assert.Equal(second, (await handler.StartedAsync()).Job.Id);
        Assert.Equal(JobStatus.Completed, (await worker.FinalAsync(second)).Status);
        Assert.Null(normal.Cancellation.Reason);
    }

    [Fact]
    public async Task Where_it_is_allowed_a_normal_run_makes_room_for_a_high_one_and_then_a_low_one_for_it()
    {
        var handler = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(
            stores, handler, options => (options.Slots, options.Preemptible) = (1, ["none", "llm_chat=normal"]));
        var low = await StartAsync(worker, handler, JobPriority.Low);

        var normal = await StartAsync(worker, handler, JobPriority.Normal);
        var high = await StartAsync(worker, handler, JobPriority.High);
        await Eventually.That(async () => Assert.Equal(1, (await worker.ReadAsync(normal.Job.Id)).Position), Ct);
        await worker.Queue.CancelAsync(JobScope.All, high.Job.Id, Ct);

        Assert.Equal(normal.Job.Id, (await handler.StartedAsync()).Job.Id);
        Assert.Equal((CancellationReason.Preempted, CancellationReason.Preempted), (low.Cancellation.Reason, normal.Cancellation.Reason));
        Assert.Equal(1, handler.MostRunning);
    }

    [Fact]
    public async Task A_job_that_made_room_too_often_runs_to_its_end()
    {
        var low = new TaskCompletionSource();
        var handler = Gated(JobPriority.Low, low.Task, others: Task.CompletedTask);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => (options.Slots, options.MaxPreemptions) = (1, 2));
        var attempt = await StartAsync(worker, handler, JobPriority.Low, attempts: 1);
        foreach (var round in new[] { 1, 2 })
        {
            await StartAsync(worker, handler, JobPriority.High);
            attempt = await handler.StartedAsync();
            Assert.Equal(round, attempt.Job.Preemptions);
        }

        var waiting = await worker.SubmitAsync(priority: JobPriority.High);
        low.SetResult();

        var done = await worker.FinalAsync(attempt.Job.Id);
        Assert.Equal((JobStatus.Completed, 1, null), (done.Status, done.Attempt, attempt.Cancellation.Reason));
        Assert.True((await worker.FinalAsync(waiting)).StartedAt >= done.FinishedAt);
    }

    [Fact]
    public async Task Those_who_watch_and_those_who_come_later_are_told()
    {
        var high = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (attempt, ct) =>
        {
            attempt.AppendToken($"{attempt.Job.Priority} {attempt.Job.Preemptions}");
            await (attempt.Job is { Priority: JobPriority.Low, Preemptions: 0 } ? Task.Delay(Timeout.InfiniteTimeSpan, ct)
                : attempt.Job.Priority == JobPriority.High ? high.Task : Task.CompletedTask);
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 1);
        var first = await StartAsync(worker, handler, JobPriority.Low);
        ConcurrentQueue<string> live = [];
        var watching = WatchAsync(worker, first.Job.Id, live);
        await Eventually.That(() => Assert.Contains(live, entry => entry.EndsWith(" Low 0", StringComparison.Ordinal)), Ct);

        await StartAsync(worker, handler, JobPriority.High);
        await Eventually.That(() => Assert.Contains("state pending", live), Ct);
        high.SetResult();

        await watching;
        ConcurrentQueue<string> later = [];
        await WatchAsync(worker, first.Job.Id, later);
        string[] seen = [.. live];
        var preempted = Array.IndexOf(seen, $"preempted {first.Job.StartedAt:O} 1");
        Assert.True(Array.IndexOf(seen, $"token {first.Job.StartedAt:O} Low 0") is var text and >= 0 && text < preempted, string.Join('\n', seen));
        Assert.Contains("state pending", seen[preempted..]);
        Assert.EndsWith(" Low 1", later.Last(entry => entry.StartsWith("token", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(WithoutStates(seen), WithoutStates(later));
    }

    [Fact]
    public async Task Without_Redis_too()
    {
        var handler = ScriptedHandler.Endless();
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 1, hasRedis: false);
        var low = await StartAsync(worker, handler, JobPriority.Low);

        await StartAsync(worker, handler, JobPriority.High);

        Assert.Equal((CancellationReason.Preempted, true), (low.Cancellation.Reason, worker.Queue.IsDegraded));
    }

    [Fact]
    public async Task A_run_that_does_not_let_go_makes_room_after_two_seconds()
    {
        var never = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (attempt, ct) =>
        {
            await (attempt.Job.Priority == JobPriority.Low ? never.Task : Task.Delay(Timeout.InfiniteTimeSpan, ct));
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(
            stores, handler, options => (options.Slots, options.Lease) = (1, TimeSpan.FromSeconds(6)));
        var low = await StartAsync(worker, handler, JobPriority.Low);

        var high = await StartAsync(worker, handler, JobPriority.High);

        await Eventually.That(async () => Assert.Equal(JobStatus.Pending, (await worker.ReadAsync(low.Job.Id)).Status), Ct);
        Assert.Equal((JobStatus.Running, null), ((await worker.ReadAsync(high.Job.Id)).Status, high.Cancellation.Reason));
        never.SetResult();
    }

    /// <summary>Runs of a priority end with the gate, or with their cancellation; the others run until they are told to stop, or are done.</summary>
    static ScriptedHandler Gated(JobPriority priority, Task gate, Task? others = null) => new(async (attempt, ct) =>
    {
        await (attempt.Job.Priority == priority ? gate.WaitAsync(ct) : others ?? Task.Delay(Timeout.InfiniteTimeSpan, ct));
        return ScriptedHandler.Done;
    });

    static async Task<Attempt> StartAsync(WorkerHost worker, ScriptedHandler handler, JobPriority priority, int attempts = 3)
    {
        var id = await worker.SubmitAsync(attempts, priority: priority);
        var attempt = await handler.StartedAsync();
        Assert.Equal(id, attempt.Job.Id);
        return attempt;
    }

    static MeterRecorder Meter(WorkerHost worker) => new(JobsTelemetry.Name, worker.Get<System.Diagnostics.Metrics.IMeterFactory>());

    /// <summary>Adds a job's events to <paramref name="seen"/>, to the last one: type and what tells it from others.</summary>
    static async Task WatchAsync(WorkerHost worker, Guid id, ConcurrentQueue<string> seen)
    {
        await foreach (var entry in worker.Queue.EventsAsync(JobScope.All, id, null, Ct))
        {
            seen.Enqueue($"{entry.Type} " + entry.Type switch
            {
                JobEventTypes.Token => $"{entry.Data.GetProperty("started_at").GetDateTimeOffset():O} {entry.Data.GetProperty("text").GetString()}",
                JobEventTypes.Preempted =>
                    $"{entry.Data.GetProperty("started_at").GetDateTimeOffset():O} {entry.Data.GetProperty("preemptions").GetInt32()}",
                _ => entry.Data.GetProperty("status").GetString(),
            });
        }
    }

    static IEnumerable<string> WithoutStates(IEnumerable<string> entries) =>
        entries.Where(entry => !entry.StartsWith("state", StringComparison.Ordinal));
}
