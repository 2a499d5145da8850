using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Worker processes that are killed.</summary>
public sealed class CrashTests(Stores stores)
{
    /// <summary>About eight seconds of answer.</summary>
    const string LongChat = """{"user":"Hello","max_tokens":80,"min_tokens":80,"ignore_eos":true}""";

    static readonly string[] Slowly = ["--SIMULATOR_INTER_TOKEN_MS=100"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_of_a_killed_worker_is_finished_by_another()
    {
        await using var simulator = await Simulator.StartAsync(Slowly);
        await using var caller = await Caller.StartAsync(stores);
        await using var first = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "first"), ("WORKER_RENEWED_LEASE", "6s"));
        var id = await caller.SubmitAsync(LongChat, attempts: 1);
        await caller.RunningAsync(id);
        await simulator.GeneratingAsync();

        await first.SignalAsync("KILL");
        await simulator.HurryAsync();

        await using var second = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "second"));
        var job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, "second", 1), (job.Status, job.WorkerId, job.Attempt));
    }

    [Fact]
    public async Task A_job_whose_workers_die_again_and_again_is_given_up_with_its_attempts_unspent()
    {
        await using var simulator = await Simulator.StartAsync(Slowly);
        await using var caller = await Caller.StartAsync(stores, maxRescues: 1);
        var id = await caller.SubmitAsync(LongChat);
        foreach (var name in (string[])["first", "second"])
        {
            await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", name), ("WORKER_RENEWED_LEASE", "6s"));
            await Eventually.That(async () => Assert.Equal((JobStatus.Running, name), await caller.HolderAsync(id)), Ct);
            await worker.SignalAsync("KILL");
        }

        await simulator.HurryAsync();
        var job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Failed, 1), (job.Status, job.Attempt));
        Assert.Equal(
            new JobError("lease_lost", "Its workers stopped renewing the lease 2 times, the last one second. It was not run again: look for what ended them, "
                + "then retry it."), job.Error);

        await using var third = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "third"));
        Assert.Equal(ChangeResult.Changed, await caller.Queue.RetryAsync(JobScope.All, id, Ct));
        job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, null), (job.Status, job.Error));
    }

    [Fact]
    public async Task A_job_whose_worker_died_is_not_started_again_after_its_deadline()
    {
        await using var simulator = await Simulator.StartAsync(Slowly);
        await using var caller = await Caller.StartAsync(stores);
        var id = await caller.SubmitAsync(LongChat, deadline: TimeProvider.System.GetUtcNow().AddHours(1));
        await using (var first = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_RENEWED_LEASE", "6s")))
        {
            await caller.RunningAsync(id);
            await first.SignalAsync("KILL");
            Assert.Equal(137, await first.EndAsync());
        }
        await caller.DeadlinePassesAsync(id);
        await using var second = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "second"));

        var job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Failed, "deadline_exceeded"), (job.Status, job.Error?.Category));
        Assert.DoesNotContain($"{id}", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_killed_while_it_makes_room_costs_neither_job()
    {
        await using var simulator = await Simulator.StartAsync(Slowly);
        await using var caller = await Caller.StartAsync(stores);
        await using var first = await caller.WorkerAsync(
            ("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "first"), ("WORKER_CLAIM_LIMIT", "1"), ("WORKER_RENEWED_LEASE", "6s"));
        var low = await caller.SubmitAsync(LongChat, attempts: 1, priority: JobPriority.Low);
        await caller.RunningAsync(low);
        var high = await caller.SubmitAsync(LongChat, attempts: 1, priority: JobPriority.High);
        await caller.RunningAsync(high);

        await first.SignalAsync("KILL");
        await simulator.HurryAsync();

        await using var second = await caller.WorkerAsync(
            ("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "second"), ("WORKER_CLAIM_LIMIT", "1"));
        foreach (var id in (Guid[])[high, low])
        {
            var job = await caller.FinalAsync(id);
            Assert.Equal((JobStatus.Completed, "second", 1), (job.Status, job.WorkerId, job.Attempt));
        }
    }
}
