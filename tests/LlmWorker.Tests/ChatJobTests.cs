using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Chat jobs through the queue, the real worker process and the simulator.</summary>
public sealed class ChatJobTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_kind_of_chat_job_is_answered_and_its_tokens_are_streamed()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}v1/"));

        foreach (var (task, profile) in new[] { ("llm_chat", "default"), ("chat_completion", "qwen2.5-14b"), ("call_analysis", "default") })
        {
            var id = await caller.SubmitAsync("""{"messages":[{"role":"user","content":"Hello"}],"max_tokens":4}""", task, profile);
            var job = await caller.FinalAsync(id);

            Assert.Equal((JobStatus.Completed, null), (job.Status, job.Error));
            var result = job.Result!.Value.Deserialize(ContractsJson.Default.ChatResult)!;
            Assert.Equal(("qwen2.5-14b", "length", "openai-compatible", 1), (result.Model, result.FinishReason, result.Provider, result.Attempts));
            Assert.Equal(4, result.Usage!.Value.GetProperty("completion_tokens").GetInt32());
            Assert.InRange(result.DurationMs, 0, 30_000);
            var events = await caller.Queue.EventsAsync(JobScope.All, id, null, Ct).ToListAsync(Ct);
            Assert.Equal(result.Content, string.Concat(events.Where(entry => entry.Type == JobEventTypes.Token)
                .Select(entry => entry.Data.Deserialize(ContractsJson.Default.TokenEvent)!.Text)));
        }
    }

    [Fact]
    public async Task The_worker_shows_its_provider_and_its_slots()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_ID", "llm-7"), ("LLM_API_KEY", "sk-secret"));

        Assert.Equal(200, (await worker.GetAsync("/healthz")).Status);
        await Eventually.That(async () =>
        {
            var status = await worker.StatusAsync();
            Assert.Equal(("llm-7", "llm", 4, false), (status.WorkerId, status.Kind, status.Slots, status.Draining));
            Assert.Equal(["llm_chat", "chat_completion", "call_analysis", "agent_message", "handle_message", "embedding"], status.TaskTypes);
            Assert.Equal(["default", "qwen2.5-14b"], status.ModelProfiles);
            var provider = Assert.Single(status.Providers);
            Assert.Equal(
                ("openai-compatible", true, true, simulator.Address.ToString().TrimEnd('/'), "qwen2.5-14b", "closed", null),
                (provider.Name, provider.Configured, provider.Reachable, provider.Endpoint, provider.Model, provider.Circuit, provider.LastError));
            Assert.Contains("qwen2.5-14b", provider.Models);
            Assert.True(provider.LatencyMs > 0);
            Assert.Equal(200, (await worker.GetAsync("/readyz")).Status);
        }, Ct);
        Assert.DoesNotContain("sk-secret", (await worker.GetAsync("/worker/status")).Body + worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_provider_jobs_fail_at_once_and_the_worker_says_why()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync();

        var job = await caller.FinalAsync(await caller.SubmitAsync());

        Assert.Equal(
            (JobStatus.Failed, 1, new JobError("provider_unconfigured", "No model provider is configured for this worker.")), (job.Status, job.Attempt, job.Error));
        var report = Assert.Single((await worker.StatusAsync()).Providers);
        Assert.Equal(("none", false, null), (report.Name, report.Configured, report.Reachable));
        var (status, body) = await worker.GetAsync("/readyz");
        Assert.Equal((200, "degraded"), (status, JsonElement.Parse(body).GetProperty("status").GetString()));
        Assert.Contains("No model provider is configured", worker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_down_is_tried_again_and_then_the_job_fails()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", "http://127.0.0.1:1"));

        var job = await caller.FinalAsync(await caller.SubmitAsync(attempts: 2));

        Assert.Equal((JobStatus.Failed, 2, "provider_error"), (job.Status, job.Attempt, job.Error?.Category));
        Assert.Equal(
            "openai-compatible at http://127.0.0.1:1 cannot be reached: nothing listens there; is it running, and is LLM_BASE_URL right?", job.Error?.Message);
        await Eventually.That(async () =>
        {
            var report = Assert.Single((await worker.StatusAsync()).Providers);
            Assert.Equal((false, "provider_error"), (report.Reachable, report.LastError));
        }, Ct);
    }

    [Fact]
    public async Task A_bad_input_and_a_refused_request_are_not_tried_again()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"));

        var empty = await caller.FinalAsync(await caller.SubmitAsync("""{"messages":[]}"""));
        var refused = await caller.FinalAsync(await caller.SubmitAsync("""{"user":"Hi","max_tokens":-1}"""));

        Assert.Equal((1, new JobError("invalid_input", "'messages' must not be empty.")), (empty.Attempt, empty.Error));
        Assert.Equal((1, "input_rejected"), (refused.Attempt, refused.Error?.Category));
        Assert.Contains("refused the request (HTTP 400): ", refused.Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_server_is_left_alone_as_long_as_it_asks()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(
            ("LLM_BASE_URL", $"{simulator.Address}"), ("LLM_MODEL", "qwen2.5-14b@status;code=429;retry_after=120"));
        var id = await caller.SubmitAsync();

        await Eventually.That(async () =>
        {
            var job = await caller.Queue.GetAsync(JobScope.All, id, Ct);
            Assert.Equal((JobStatus.Pending, "provider_error"), (job!.Status, job.Error?.Category));
            Assert.InRange((job.RunAt - job.CreatedAt)!.Value.TotalSeconds, 119, 150);
        }, Ct);
    }
}
