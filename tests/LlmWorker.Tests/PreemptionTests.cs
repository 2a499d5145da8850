using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>A more urgent chat, a busy worker process and the simulator.</summary>
public sealed class PreemptionTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_low_chat_is_aborted_at_the_server_for_a_high_one_and_is_answered_after_it()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_INTER_TOKEN_MS=50");
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_CLAIM_LIMIT", "1"));
        var low = await caller.SubmitAsync(Chat(tokens: 250), attempts: 1, priority: JobPriority.Low);
        await caller.RunningAsync(low);
        await simulator.GeneratingAsync();

        var high = await caller.FinalAsync(await caller.SubmitAsync(Chat(tokens: 3), priority: JobPriority.High));

        await Eventually.That(async () =>
        {
            var aborted = (await simulator.RequestsAsync()).GetProperty("requests").EnumerateArray()
                .First(request => request.GetProperty("body").GetProperty("max_tokens").GetInt32() == 250);
            Assert.Equal("abort", aborted.GetProperty("finish").GetString());
            Assert.InRange(aborted.GetProperty("tokens_generated").GetInt32(), 1, 249);
        }, Ct);
        await simulator.HurryAsync();
        var done = await caller.FinalAsync(low);
        Assert.Equal((JobStatus.Completed, JobStatus.Completed, 1), (high.Status, done.Status, done.Attempt));
        Assert.True(done.StartedAt >= high.StartedAt);
        Assert.Contains($"Job {low} (llm_chat, Low) is aborted", worker.Output, StringComparison.Ordinal);
    }

    static string Chat(int tokens) => $$"""{"user":"Hello","max_tokens":{{tokens}},"min_tokens":{{tokens}},"ignore_eos":true}""";
}
