using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Agents;

/// <summary>Messages to agents through the queue, the real worker process and the simulator.</summary>
public sealed class AgentJobTests(Stores stores)
{
    [Theory]
    [InlineData("agent_message")]
    [InlineData("handle_message")]
    public async Task An_agent_answers_on_the_group_that_it_names(string task)
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_MODELS=big,small");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile($$"""
            {
              "providers": { "gpu": { "kind": "vllm", "base_url": "{{simulator.Address}}" } },
              "groups": {
                "fast": { "deployments": [{ "provider": "gpu", "model": "small" }] },
                "quality": { "deployments": [{ "provider": "gpu", "model": "big" }] }
              }
            }
            """);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        var named = await caller.FinalAsync(await caller.SubmitAsync(Message(""","model_group":"quality" """), task));
        var unnamed = await caller.FinalAsync(await caller.SubmitAsync(Message(), task));
        var unknown = await caller.FinalAsync(await caller.SubmitAsync(Message(""","model_group":"slow" """), task));

        Assert.Equal(("big", "quality", "small"), (Result(named).Model, Result(named).ModelGroup, Result(unnamed).Model));
        Assert.Equal(("m1", "t", false), (Result(named).MessageId, Result(named).TenantId, Result(named).Fallback));
        Assert.NotEmpty(Result(named).Response);
        Assert.Equal((true, "provider_unconfigured"), (Result(unknown).Fallback, Result(unknown).ErrorCategory));
    }

    [Fact]
    public async Task Without_a_model_the_sender_is_told_so_politely_and_only_a_bad_message_fails()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", "http://127.0.0.1:1"), ("AGENT_FALLBACK_TEXT", "Leider nein."));

        var answered = await caller.FinalAsync(await caller.SubmitAsync(Message(), "agent_message"));
        var bad = await caller.FinalAsync(await caller.SubmitAsync("""{"message":{"id":"m1","tenant_id":"t","text":"Hi"},"agent":{}}""", "agent_message"));

        Assert.Equal((JobStatus.Completed, 1), (answered.Status, answered.Attempt));
        Assert.Equal(("Leider nein.", true, "provider_error"), (Result(answered).Response, Result(answered).Fallback, Result(answered).ErrorCategory));
        Assert.Contains($"Job {answered.Id}: no model answered the message, and its sender gets the fallback text. provider_error: ", worker.Output, StringComparison.Ordinal);
        Assert.Equal(
            (JobStatus.Failed, 1, new JobError("invalid_input", "'agent.name' must be a text that is not empty.")), (bad.Status, bad.Attempt, bad.Error));
    }

    [Fact]
    public async Task A_group_that_has_too_much_to_do_is_waited_for_only_a_while()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_MODELS=big,small", "--SIMULATOR_INTER_TOKEN_MS=50");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile($$"""
            {
              "providers": { "gpu": { "kind": "vllm", "base_url": "{{simulator.Address}}" } },
              "groups": {
                "fast": { "deployments": [{ "provider": "gpu", "model": "small" }] },
                "quality": { "deployments": [{ "provider": "gpu", "model": "big", "concurrency": 1 }] }
              }
            }
            """);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));
        var endless = await caller.SubmitAsync("""{"user":"Hello","max_tokens":20000,"min_tokens":20000,"ignore_eos":true}""", profile: "quality");
        await simulator.GeneratingAsync();

        var message = await caller.FinalAsync(await caller.SubmitAsync(Message(""","model_group":"quality" """), "agent_message"));

        Assert.Equal((JobStatus.Completed, 1, true, "providers_exhausted"), (message.Status, message.Attempt, Result(message).Fallback, Result(message).ErrorCategory));
        Assert.Equal(ChangeResult.Changed, await caller.Queue.CancelAsync(JobScope.All, endless, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Without_any_provider_too()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync();

        var job = await caller.FinalAsync(await caller.SubmitAsync(Message(), "agent_message"));

        Assert.Equal((true, "provider_unconfigured"), (Result(job).Fallback, Result(job).ErrorCategory));
    }

    [Fact]
    public async Task A_run_that_is_given_back_or_called_off_has_no_fallback()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("We"), ScriptedServer.SilenceAsync);
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{server.Address}"), ("WORKER_GRACE_PERIOD", "0s"));
        var cancelled = await caller.SubmitAsync(Message(), "agent_message");
        var released = await caller.SubmitAsync(Message(), "agent_message");
        await Eventually.That(
            () =>
            {
                // Beside them come the probes of the provider.
                lock (server.Bodies)
                {
                    Assert.Equal(2, server.Paths.Count(path => path == "/v1/chat/completions"));
                }
            },
            TestContext.Current.CancellationToken);

        await caller.Queue.CancelAsync(JobScope.All, cancelled, TestContext.Current.CancellationToken);
        await worker.SignalAsync("TERM");
        Assert.Equal(0, await worker.EndAsync());

        Assert.Equal(JobStatus.Cancelled, (await caller.FinalAsync(cancelled)).Status);
        Assert.Equal(JobStatus.Pending, (await caller.HolderAsync(released)).Status);
        Assert.DoesNotContain("fallback text", worker.Output, StringComparison.Ordinal);
    }

    static string Message(string more = "") =>
        $$$"""{"message":{"id":"m1","tenant_id":"t","channel":"web","user_id":"u","text":"When do you open?"},"agent":{"name":"Anna","role":"Receptionist"{{{more}}}}}""";

    static AgentResult Result(JobView job) => job is { Status: JobStatus.Completed, Result: { } result }
        ? result.Deserialize(ContractsJson.Default.AgentResult)!
        : throw new InvalidOperationException($"Job {job.Id} is {job.Status}: {job.Error}");
}
