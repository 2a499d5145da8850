using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Worker processes that are stopped, or told to stop a job.</summary>
public sealed class StopTests(Stores stores)
{
    /// <summary>About eight seconds of answer.</summary>
    const string LongChat = """{"user":"Hello","max_tokens":80,"min_tokens":80,"ignore_eos":true}""";

    static readonly string[] Slowly = ["--SIMULATOR_INTER_TOKEN_MS=100"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

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
        await simulator.HurryAsync();

        var given = await caller.Queue.GetAsync(JobScope.All, id, Ct);
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
        await simulator.HurryAsync();
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
        await caller.Queue.CancelAsync(JobScope.All, id, Ct);
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
