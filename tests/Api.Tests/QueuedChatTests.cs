using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

/// <summary>Chats that nobody waits for.</summary>
public sealed class QueuedChatTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_is_queued_and_read_when_it_is_done()
    {
        var created = await _api.PostAsync("/queue/jobs", """{"user":"Hello","model":"done","priority":"low","max_tokens":5}""", ("Idempotency-Key", "queued"));
        Assert.Equal((201, "pending", "low", "done"), (created.Status, Text(created, "status"), Text(created, "priority"), Text(created, "model")));
        var id = created.Json.GetProperty("id").GetGuid();
        var again = await _api.PostAsync("/queue/jobs", """{"user":"Hello","model":"done","priority":"low","max_tokens":5}""", ("Idempotency-Key", "queued"));
        Assert.Equal((200, id), (again.Status, again.Json.GetProperty("id").GetGuid()));
        (await _api.PostAsync("/queue/jobs", """{"user":"Bye","model":"done"}""", ("Idempotency-Key", "queued")))
            .IsProblem(409, "idempotency_conflict", "The same owner used this idempotency key for another job. Nothing was created.");

        var job = await ModelWorker.TakeAsync(_api, "done");
        Assert.Equal(("llm_chat", "chat", (DateTimeOffset?)null, """{"user":"Hello","max_tokens":5}"""),
            (job.TaskType, job.OwnerService, job.Deadline, job.Input!.Value.GetRawText()));
        await ModelWorker.FinishAsync(_api, job, "Hi");
        var done = await _api.GetAsync($"/queue/jobs/{id}");
        Assert.Equal(("completed", "Hi"), (Text(done, "status"), done.Json.GetProperty("result").GetProperty("content").GetString()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, JsonValueKind.String),
            (Kind(done, "position"), Kind(done, "expected_wait_seconds"), Kind(done, "finished_at")));
        (await _api.SendAsync(HttpMethod.Delete, $"/queue/jobs/{id}"))
            .IsProblem(409, "invalid_state", $"Job {id} is completed; only pending or running jobs can be cancelled.");
    }

    [Fact]
    public async Task A_failure_is_told()
    {
        var id = (await _api.PostAsync("/queue/jobs", """{"user":"Hello","model":"failed"}""")).Json.GetProperty("id").GetGuid();
        await ModelWorker.FailAsync(_api, await ModelWorker.TakeAsync(_api, "failed"), "provider_rejected", "Too long.");
        var failed = await _api.GetAsync($"/queue/jobs/{id}");
        Assert.Equal(("failed", """{"category":"provider_rejected","message":"Too long."}"""),
            (Text(failed, "status"), failed.Json.GetProperty("error").GetRawText()));
    }

    [Fact]
    public async Task A_chat_is_called_off()
    {
        var id = (await _api.PostAsync("/queue/jobs", """{"user":"Hello","model":"off"}""")).Json.GetProperty("id").GetGuid();
        for (var call = 0; call < 2; call++)
        {
            var cancelled = await _api.SendAsync(HttpMethod.Delete, $"/queue/jobs/{id}");
            Assert.Equal((200, "cancelled"), (cancelled.Status, Text(cancelled, "status")));
        }
        var unknown = Guid.CreateVersion7();
        (await _api.GetAsync($"/queue/jobs/{unknown}")).IsProblem(404, "not_found", $"There is no job {unknown}.");
        (await _api.SendAsync(HttpMethod.Delete, $"/queue/jobs/{unknown}")).IsProblem(404, "not_found", $"There is no job {unknown}.");
    }

    [Fact]
    public async Task A_call_that_nobody_can_serve_is_refused()
    {
        (await _api.PostAsync("/queue/jobs", """{"messages":[],"priority":"urgent"}"""))
            .IsInvalid("""{"priority":["'urgent' is not allowed; allowed: high, normal, low."]}""");
        await using var api = await RunningApi.StartAsync(stores);
        await ReportAsync(api, busy: 0);
        (await api.PostAsync("/queue/jobs", """{"user":"Hello","model":"gpt-9"}"""))
            .IsProblem(503, "provider_unconfigured", "No worker serves the profile 'gpt-9'; served: m.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_expected_wait_is_what_stands_before_it_by_the_recent_runs(int busy)
    {
        await using var api = await RunningApi.StartAsync(stores);
        await ReportAsync(api, busy);
        await api.PostAsync("/queue/jobs", """{"user":"Hello","model":"m"}""");
        var job = await ModelWorker.TakeAsync(api, "m");
        await ModelWorker.FinishAsync(api, job, "Hi");
        var done = (await api.Queue.GetAsync(JobScope.All, job.Id, Ct))!;
        var run = (done.FinishedAt - done.StartedAt)!.Value.TotalSeconds;

        await api.PostAsync("/queue/jobs", """{"user":"Hello","model":"m"}""");
        var second = (await api.PostAsync("/queue/jobs", """{"user":"Hello","model":"m"}""")).Json.GetProperty("id").GetGuid();
        // The index, which knows positions, may still be in the making, and a worker that reports no more is forgotten.
        await Eventually.That(async () =>
        {
            await ReportAsync(api, busy);
            var chat = (await api.GetAsync($"/queue/jobs/{second}")).Json;
            Assert.Equal(2, chat.GetProperty("position").GetInt32());
            Assert.Equal(run * busy / 2, chat.GetProperty("expected_wait_seconds").GetDouble(), 1e-6);
        }, Ct);

        await api.PostAsync("/queue/pause?task_type=llm_chat");
        Assert.Equal(JsonValueKind.Null, Kind(await api.GetAsync($"/queue/jobs/{second}"), "expected_wait_seconds"));
    }

    [Fact]
    public async Task Without_a_worker_or_a_run_nothing_is_expected()
    {
        var id = (await _api.PostAsync("/queue/jobs", """{"user":"Hello","model":"alone"}""")).Json.GetProperty("id").GetGuid();
        await Eventually.That(async () => Assert.Equal(1, (await _api.GetAsync($"/queue/jobs/{id}")).Json.GetProperty("position").GetInt32()), Ct);
        Assert.Equal(JsonValueKind.Null, Kind(await _api.GetAsync($"/queue/jobs/{id}"), "expected_wait_seconds"));

        await using var api = await RunningApi.StartAsync(stores);
        await ReportAsync(api, busy: 2);
        var first = (await api.PostAsync("/queue/jobs", """{"user":"Hello","model":"m"}""")).Json.GetProperty("id").GetGuid();
        await Eventually.That(async () => Assert.Equal(1, (await api.GetAsync($"/queue/jobs/{first}")).Json.GetProperty("position").GetInt32()), Ct);
        Assert.Equal(JsonValueKind.Null, Kind(await api.GetAsync($"/queue/jobs/{first}"), "expected_wait_seconds"));
    }

    /// <summary>A worker of two slots.</summary>
    static Task ReportAsync(RunningApi api, int busy) => api.Get<WorkerDirectory>().ReportAsync(
        new WorkerReport
        {
            WorkerId = "w1",
            Kind = "llm",
            TaskTypes = ["llm_chat"],
            ModelProfiles = ["m"],
            Slots = 2,
            Running = [.. Enumerable.Range(0, busy).Select(_ => Guid.CreateVersion7())],
            Draining = false,
            Providers = [ChatTests.Provider(configured: true)],
            ReportedAt = TimeProvider.System.GetUtcNow(),
        },
        Ct);

    static string? Text(Answer answer, string name) => answer.Json.GetProperty(name).GetString();

    static JsonValueKind Kind(Answer answer, string name) => answer.Json.GetProperty(name).ValueKind;
}
