using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Worker processes that are killed, stopped or told to stop a job.</summary>
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

        var job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Failed, 1), (job.Status, job.Attempt));
        Assert.Equal(
            new JobError("lease_lost", "Its workers stopped renewing the lease 2 times, the last one second. It was not run again: look for what ended them, "
                + "then retry it."), job.Error);

        await using var third = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "third"));
        Assert.Equal(ChangeResult.Changed, await caller.Queue.RetryAsync(id, Ct));
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

        await using var second = await caller.WorkerAsync(
            ("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "second"), ("WORKER_CLAIM_LIMIT", "1"));
        foreach (var id in (Guid[])[high, low])
        {
            var job = await caller.FinalAsync(id);
            Assert.Equal((JobStatus.Completed, "second", 1), (job.Status, job.WorkerId, job.Attempt));
        }
    }

    [Fact]
    public async Task A_stopped_worker_gives_back_what_it_cannot_finish_and_exits_in_order()
    {
        await using var simulator = await Simulator.StartAsync(Slowly);
        await using var caller = await Caller.StartAsync(stores);
        await using var first = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "first"), ("WORKER_GRACE_PERIOD", "500ms"));
        var id = await caller.SubmitAsync(LongChat, attempts: 1);
        await caller.RunningAsync(id);
        await simulator.GeneratingAsync();

        await first.SignalAsync("TERM");
        Assert.Equal(0, await first.EndAsync());

        var given = await caller.Queue.GetAsync(id, Ct);
        Assert.Equal((JobStatus.Pending, 0, null), (given!.Status, given.Attempt, given.Error));
        Assert.Contains("given back", first.Output, StringComparison.Ordinal);
        await using var second = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "second"));
        var job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, "second", 1), (job.Status, job.WorkerId, job.Attempt));
    }

    [Fact]
    public async Task A_stopped_worker_finishes_what_fits_and_shows_that_it_drains()
    {
        await using var simulator = await Simulator.StartAsync(Slowly);
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"));
        var id = await caller.SubmitAsync(LongChat);
        await caller.RunningAsync(id);
        await simulator.GeneratingAsync();

        await worker.SignalAsync("TERM");

        await Eventually.That(async () => Assert.True((await worker.StatusAsync()) is { Draining: true, Running: [_] }), Ct);
        Assert.Equal(503, (await worker.GetAsync("/readyz")).Status);
        Assert.Equal(0, await worker.EndAsync());
        var job = await caller.FinalAsync(id);
        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
    }

    [Fact]
    public async Task A_cancelled_job_ends_its_generation_within_a_second()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("Hi"), ScriptedServer.SilenceAsync);
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{server.Address}"), ("WORKER_RENEWED_LEASE", "10m"));
        var id = await caller.SubmitAsync();
        await caller.TokenAsync(id);

        // The next renewal, which would tell it as well, is minutes away.
        await caller.Queue.CancelAsync(id, Ct);
        await server.ClientLeft;

        Assert.Equal(JobStatus.Cancelled, (await caller.FinalAsync(id)).Status);
    }

    [Fact]
    public async Task Bad_settings_stop_the_start_with_one_message()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = caller.StartWorker(("AI_PROVIDER", "gpt"), ("WORKER_CLAIM_LIMIT", "0"), ("LLM_TIMEOUT", "soon"), ("WORKER_PREEMPTIBLE", "low,llm_chat=high"));
        await using var refusing = caller.StartWorker(("AI_PROVIDER", "gpt"));

        Assert.Equal((1, 1), (await worker.EndAsync(), await refusing.EndAsync()));
        Assert.Contains("WORKER_CLAIM_LIMIT is '0': a whole number from 1 to 1000 is expected.", worker.Output, StringComparison.Ordinal);
        Assert.Contains("LLM_TIMEOUT is 'soon'", worker.Output, StringComparison.Ordinal);
        Assert.Contains("WORKER_PREEMPTIBLE is 'low,llm_chat=high': entry 2 must be low, normal or none", worker.Output, StringComparison.Ordinal);
        Assert.Contains(
            "AI_PROVIDER is 'gpt': one of lmstudio, ollama, anthropic is expected, or LLM_CONFIG_FILE with a provider of that name.",
            refusing.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", worker.Output + refusing.Output, StringComparison.Ordinal);
    }
}
