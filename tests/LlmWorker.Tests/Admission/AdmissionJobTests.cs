using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Admission;

/// <summary>More jobs than the model server can begin, a worker process and the simulator.</summary>
public sealed class AdmissionJobTests(Stores stores)
{
    const string Endless = """{"user":"Hello","max_tokens":20000,"min_tokens":20000,"ignore_eos":true}""";

    const string Short = """{"user":"Hello","max_tokens":3,"min_tokens":3,"ignore_eos":true}""";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_high_chat_begins_at_once_however_much_low_work_there_is()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_INTER_TOKEN_MS=50");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config(simulator, concurrency: 4));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("WORKER_CLAIM_LIMIT", "16"), ("WORKER_PREEMPTIBLE", "none"));
        var low = new List<Guid>();
        for (var i = 0; i < 12; i++)
        {
            low.Add(await caller.SubmitAsync(Endless, priority: JobPriority.Low));
        }
        await InFlightAsync(worker, 3);

        for (var i = 0; i < 3; i++)
        {
            var high = await caller.FinalAsync(await caller.SubmitAsync(Short, priority: JobPriority.High));
            Assert.Equal((JobStatus.Completed, 1), (high.Status, high.Attempt));
        }

        var report = Deployment(await worker.StatusAsync());
        Assert.Equal((4, null), (report.Limit, report.LimitedBy));
        await InFlightAsync(worker, 3);
        var statuses = await Task.WhenAll(low.Select(async id => (await caller.Queue.GetAsync(JobScope.All, id, Ct))!.Status));
        Assert.Equal((3, 9), (statuses.Count(status => status == JobStatus.Running), statuses.Count(status => status == JobStatus.Pending)));
    }

    [Fact]
    public async Task Without_admission_all_of_it_is_sent_to_the_server()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_INTER_TOKEN_MS=50");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config(simulator, concurrency: 4));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("WORKER_CLAIM_LIMIT", "12"), ("LLM_ADMISSION", "false"));
        for (var i = 0; i < 12; i++)
        {
            await caller.SubmitAsync(Endless, priority: JobPriority.Low);
        }

        await InFlightAsync(worker, 12);

        Assert.Null(Deployment(await worker.StatusAsync()).Limit);
    }

    [Fact]
    public async Task A_low_chat_makes_its_place_at_the_server_free_for_a_high_one()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_INTER_TOKEN_MS=50");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config(simulator, concurrency: 1));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("WORKER_CLAIM_LIMIT", "8"));
        var low = await caller.SubmitAsync(Endless, priority: JobPriority.Low);
        await caller.RunningAsync(low);
        await simulator.GeneratingAsync();

        var high = await caller.FinalAsync(await caller.SubmitAsync(Short, priority: JobPriority.High));

        Assert.Equal(JobStatus.Completed, high.Status);
        Assert.Contains($"Job {low} (llm_chat, Low) is aborted", worker.Output, StringComparison.Ordinal);
        // It has its place again.
        await caller.RunningAsync(low);
    }

    [Fact]
    public async Task Every_job_has_its_turn_at_a_server_that_begins_one_at_a_time()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config(simulator, concurrency: 1));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("WORKER_CLAIM_LIMIT", "8"));
        JobPriority[] priorities = [JobPriority.Low, JobPriority.Normal, JobPriority.High];
        var jobs = new List<Guid>();
        for (var i = 0; i < 30; i++)
        {
            jobs.Add(await caller.SubmitAsync(Short, priority: priorities[i % 3]));
        }

        foreach (var job in jobs)
        {
            Assert.Equal((JobStatus.Completed, 1), await caller.FinalAsync(job) is var done ? (done.Status, done.Attempt) : default);
        }
    }

    [Fact]
    public async Task Low_jobs_wait_while_the_server_says_that_others_wait_there()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_INTER_TOKEN_MS=50", "--SIMULATOR_MAX_RUNNING=1");
        using var others = new HttpClient { BaseAddress = simulator.Address };
        using var leave = new CancellationTokenSource();
        var calls = Enumerable.Range(0, 4).Select(_ => others.PostAsync(
            new Uri("/v1/chat/completions", UriKind.Relative),
            new StringContent(
                """{"model":"qwen2.5-14b","messages":[{"role":"user","content":"x"}],"max_tokens":20000,"min_tokens":20000,"ignore_eos":true}""",
                System.Text.Encoding.UTF8, "application/json"),
            leave.Token)).ToList();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("WORKER_CLAIM_LIMIT", "8"));
        await Eventually.That(async () => Assert.Equal("server", Deployment(await worker.StatusAsync()).LimitedBy), Ct);

        var jobs = new[] { await caller.SubmitAsync(Short), await caller.SubmitAsync(Short), await caller.SubmitAsync(Short) };
        // One is sent, to see when the server has time.
        await InFlightAsync(worker, 1);
        await leave.CancelAsync();

        foreach (var job in jobs)
        {
            Assert.Equal(JobStatus.Completed, (await caller.FinalAsync(job)).Status);
        }
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
    }

    static string Config(Simulator simulator, int concurrency) => $$"""
        {
          "providers": { "gpu": { "kind": "vllm", "base_url": "{{simulator.Address}}" } },
          "groups": { "all": { "deployments": [{ "provider": "gpu", "concurrency": {{concurrency}} }] } }
        }
        """;

    static Task InFlightAsync(WorkerProcess worker, int calls) =>
        Eventually.That(async () => Assert.Equal(calls, Deployment(await worker.StatusAsync()).InFlight), Ct);

    static DeploymentReport Deployment(WorkerReport report) => Assert.Single(Assert.Single(report.Providers).Deployments!);
}
