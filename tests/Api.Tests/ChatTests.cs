using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

public sealed class ChatTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_is_the_result_of_a_job()
    {
        var asked = _api.PostAsync("/chat", """
            {"messages":[{"role":"system","content":"Kurz."},{"role":"user","content":"Привет\u0021"}],"model":"qwen","priority":"high",
             "owner_service":"portal","owner_ref":"room/1","temperature":0.10,"response_format":{"type":"json_object"},"my_field":[1e3]}
            """);
        var job = await ClaimAsync(_api, "qwen");
        Assert.Equal(
            """{"messages":[{"role":"system","content":"Kurz."},{"role":"user","content":"Привет\u0021"}],"temperature":"""
            + """0.10,"response_format":{"type":"json_object"},"my_field":[1e3]}""",
            job.Input!.Value.GetRawText());
        Assert.Equal(("llm_chat", "portal", "room/1", JobPriority.High, 3),
            (job.TaskType, job.OwnerService, job.OwnerRef, job.Priority, job.MaxAttempts));

        const string result = """{"content":"Hi","model":"qwen2.5","usage":{"total_tokens":3},"duration_ms":"""
            + """12,"finish_reason":"stop","tool_calls":null,"provider":"vllm","attempts":1}""";
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse(result), Ct);
        var answer = await asked;
        Assert.Equal((200, result), (answer.Status, answer.Text));
        Assert.Equal(job.Id.ToString(), Assert.Single(answer.Headers.GetValues("X-Job-Id")));
    }

    [Fact]
    public async Task A_completion_names_its_group_and_tells_which_one_answered()
    {
        (await _api.PostAsync("/complete", """{"messages":[]}"""))
            .IsInvalid("""{"model":["is required."],"messages":["must not be empty."]}""");
        var asked = _api.PostAsync("/complete", """{"model":"quality","messages":[{"role":"user","content":"Hello"}],"fallback":true}""");
        var job = await ClaimAsync(_api, "quality");
        Assert.Equal("""{"messages":[{"role":"user","content":"Hello"}],"fallback":true}""", job.Input!.Value.GetRawText());
        const string Result = """{"content":"Hi","model_group":"fast","fallback":"quality->fast"}""";
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse(Result), Ct);
        var answer = await asked;
        Assert.Equal((200, Result, "fast", "quality->fast"), (answer.Status, answer.Text,
            Assert.Single(answer.Headers.GetValues("X-Model-Group")), Assert.Single(answer.Headers.GetValues("X-Fallback"))));
    }

    [Fact]
    public async Task A_group_whose_name_no_header_can_hold_is_told_by_the_result_alone()
    {
        var asked = _api.PostAsync("/chat", """{"user":"Hello","model":"names"}""");
        const string Result = """{"content":"Hi","model_group":"быстрая","fallback":"a\nb"}""";
        await _api.Queue.CompleteAsync(JobFence.Of(await ClaimAsync(_api, "names")), JsonElement.Parse(Result), Ct);
        var answer = await asked;
        Assert.Equal((200, Result, false, false),
            (answer.Status, answer.Text, answer.Headers.Contains("X-Model-Group"), answer.Headers.Contains("X-Fallback")));
    }

    [Fact]
    public async Task System_and_user_stand_for_messages_and_the_rest_has_defaults()
    {
        var asked = _api.PostAsync("/chat", """{"system":"Be brief.","user":"Hello","max_tokens":5}""");
        var job = await ClaimAsync(_api, "default");
        Assert.Equal("""{"system":"Be brief.","user":"Hello","max_tokens":5}""", job.Input!.Value.GetRawText());
        Assert.Equal(("chat", (string?)null, JobPriority.Normal), (job.OwnerService, job.OwnerRef, job.Priority));
        Assert.InRange(job.Deadline!.Value - job.CreatedAt, TimeSpan.FromSeconds(320), TimeSpan.FromSeconds(340));
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("{}"), Ct);
        Assert.Equal(200, (await asked).Status);
    }

    [Theory]
    [InlineData("provider_error", 502, "provider_error")]
    [InlineData("provider_rejected", 502, "provider_error")]
    [InlineData("input_rejected", 422, "invalid")]
    [InlineData("provider_timeout", 504, "timeout")]
    [InlineData("providers_exhausted", 503, "providers_exhausted")]
    [InlineData("deadline_exceeded", 504, "timeout")]
    [InlineData("provider_unconfigured", 503, "provider_unconfigured")]
    [InlineData("invalid_input", 422, "invalid")]
    [InlineData("audio_unreadable", 422, "invalid")]
    [InlineData("audio_too_long", 422, "invalid")]
    [InlineData("audio_url_forbidden", 422, "audio_url_forbidden")]
    [InlineData("worker_error", 502, "job_failed")]
    [InlineData("a_word_of_its_own", 502, "job_failed")]
    public async Task A_failed_job_is_answered_by_its_category(string category, int status, string code)
    {
        var asked = _api.PostAsync("/chat", $$"""{"user":"Hello","model":"{{category}}"}""");
        var job = await ClaimAsync(_api, category);
        await _api.Queue.FailAsync(JobFence.Of(job), new JobError(category, "max_tokens must be at least 1."), new FailOptions(Retry: false), Ct);

        var answer = await asked;
        answer.IsProblem(status, code, "max_tokens must be at least 1.");
        Assert.Equal((category, job.Id), (answer.Json.GetProperty("category").GetString(), answer.Json.GetProperty("job_id").GetGuid()));
        Assert.Equal(job.Id.ToString(), Assert.Single(answer.Headers.GetValues("X-Job-Id")));
        Assert.Equal(status == 503 ? TimeSpan.FromSeconds(30) : null, answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_caller_is_told_when_the_first_provider_is_tried_again()
    {
        var asked = _api.PostAsync("/chat", """{"user":"Hello","model":"resting"}""");
        var job = await ClaimAsync(_api, "resting");
        var error = new JobError(ErrorCategories.ProvidersExhausted, $"No model can answer now. {ProvidersRest.Sentence(TimeSpan.FromSeconds(6.2))}");
        await _api.Queue.FailAsync(JobFence.Of(job), error, new FailOptions(Retry: false), Ct);

        Assert.Equal(TimeSpan.FromSeconds(7), (await asked).Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_job_that_is_cancelled_while_its_caller_waits_is_409()
    {
        var asked = _api.PostAsync("/chat", """{"user":"Hello","model":"cancelled"}""");
        var job = await ClaimAsync(_api, "cancelled");
        await _api.PostAsync($"/api/v1/jobs/{job.Id}/cancel");
        (await asked).IsProblem(409, "cancelled", "It was cancelled while its caller waited.");
    }

    [Fact]
    public async Task When_the_wait_is_over_the_job_is_cancelled_and_the_answer_is_504()
    {
        await using var api = await RunningApi.StartAsync(stores, "CHAT_TIMEOUT=1s");
        var answer = await api.PostAsync("/chat", """{"user":"Hello"}""");
        Assert.Equal((504, "timeout"), (answer.Status, answer.Json.GetProperty("code").GetString()));
        var job = (await api.Queue.GetAsync(JobScope.All, answer.Json.GetProperty("job_id").GetGuid(), Ct))!;
        Assert.True(job.Status is JobStatus.Cancelled || job.Error?.Category == "deadline_exceeded", $"{job.Status} {job.Error}");
    }

    [Fact]
    public async Task A_caller_who_leaves_has_the_job_cancelled()
    {
        var (job, _) = await LeaveAsync(_api, "left");
        await _api.IsCancelledAsync(job);
    }

    [Fact]
    public async Task A_job_that_somebody_else_waits_for_goes_on_when_its_caller_leaves()
    {
        await using var api = await RunningApi.StartAsync(stores, "CHAT_LEFT_GRACE=0s");
        var watched = await LeaveAsync(api, "watched", job => ServerEvents.OpenAsync(api.Http, job));
        await using (var viewer = watched.Viewer!)
        {
            // Whoever looks after it comes after the one who looked after the other.
            var (alone, _) = await LeaveAsync(api, "alone");
            await api.IsCancelledAsync(alone);
            Assert.Equal(JobStatus.Running, (await api.Queue.GetAsync(JobScope.All, watched.Job, Ct))!.Status);
        }
        await api.IsCancelledAsync(watched.Job);
    }

    [Fact]
    public async Task Where_it_is_so_set_the_job_of_a_caller_who_leaves_goes_on()
    {
        await using var api = await RunningApi.StartAsync(stores, "CHAT_LEFT_GRACE=0s", "CHAT_KEEP_LEFT=true");
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var question = new StringContent("""{"user":"Hello"}""", System.Text.Encoding.UTF8, "application/json");
        var asked = api.Http.PostAsync("/chat", question, left.Token);
        var job = await ClaimAsync(api, "default");
        Assert.Null(job.Deadline);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Equal(RecordResult.Recorded, await api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("{}"), Ct));
    }

    [Fact]
    public async Task A_stream_has_the_events_of_the_job_and_can_be_resumed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat/stream")
        {
            Content = new StringContent("""{"user":"Hello","model":"streamed"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        var opening = ServerEvents.OpenAsync(_api.Http, request);
        var job = await ClaimAsync(_api, "streamed");
        await using var events = await opening;
        Assert.Equal(job.Id.ToString(), Assert.Single(events.Response.Headers.GetValues("X-Job-Id")));
        await ModelWorker.SayAsync(_api, job, "Hi");
        await ModelWorker.FinishAsync(_api, job, "Hi");

        var seen = new List<(string Type, string? Id, JsonElement Data)>();
        while (await events.NextAsync() is { } next)
            seen.Add(next);
        var token = Assert.Single(seen, entry => entry.Type == "token");
        Assert.Equal("Hi", token.Data.GetProperty("text").GetString());
        Assert.Equal(("state", "Hi"), (seen[^1].Type, seen[^1].Data.GetProperty("result").GetProperty("content").GetString()));
        await using var resumed = await ServerEvents.OpenAsync(_api.Http, job.Id, token.Id);
        Assert.Equal("completed", (await resumed.NextAsync())!.Value.Data.GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_stream_of_what_was_answered_already_says_in_its_headers_who_did()
    {
        const string Call = """{"user":"Hello","model":"told"}""";
        var asked = _api.PostAsync("/chat/stream", Call, ("Idempotency-Key", "told"));
        var job = await ClaimAsync(_api, "told");
        await ModelWorker.SayAsync(_api, job, "Hi", at: 0, new TextSource { ModelGroup = "fast", Fallback = "quality->fast" });
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("""{"content":"Hi","model_group":"fast","fallback":"quality->fast"}"""), Ct);
        var first = await asked;
        var again = await _api.PostAsync("/chat/stream", Call, ("Idempotency-Key", "told"));
        Assert.Contains("\"from\":{\"model_group\":\"fast\",\"fallback\":\"quality->fast\"}", first.Text, StringComparison.Ordinal);
        Assert.Equal(("fast", "quality->fast"),
            (Assert.Single(again.Headers.GetValues("X-Model-Group")), Assert.Single(again.Headers.GetValues("X-Fallback"))));
    }

    [Fact]
    public async Task A_caller_who_leaves_a_stream_has_the_job_cancelled()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat/stream")
        {
            Content = new StringContent("""{"user":"Hello","model":"left-stream"}""", System.Text.Encoding.UTF8, "application/json"),
        };
        var opening = ServerEvents.OpenAsync(_api.Http, request);
        var job = await ClaimAsync(_api, "left-stream");
        await (await opening).DisposeAsync();
        await _api.IsCancelledAsync(job.Id);
    }

    [Fact]
    public async Task A_caller_with_a_key_comes_back_for_the_same_answer()
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/chat");
        request.Content = new StringContent("""{"user":"Hello","model":"kept"}""", System.Text.Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", "chat-1");
        var asked = _api.Http.SendAsync(request, left.Token);
        var job = await ClaimAsync(_api, "kept");
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);

        var again = _api.PostAsync("/chat", """{"user":"Hello","model":"kept"}""", ("Idempotency-Key", "chat-1"));
        await _api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("""{"content":"Hi"}"""), Ct);
        var answer = await again;
        Assert.Equal((200, """{"content":"Hi"}"""), (answer.Status, answer.Text));
        (await _api.PostAsync("/chat", """{"user":"Something else","model":"kept"}""", ("Idempotency-Key", "chat-1")))
            .IsProblem(409, "idempotency_conflict", "The same owner used this idempotency key for another job. Nothing was created.");
    }

    [Fact]
    public async Task A_profile_that_no_live_worker_serves_is_503_at_once()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w1", ["default", "qwen2.5-14b"], Provider(configured: true));
        var answer = await api.PostAsync("/chat", """{"user":"Hello","model":"gpt-9"}""");
        answer.IsProblem(503, "provider_unconfigured", "No worker serves the profile 'gpt-9'; served: default, qwen2.5-14b.");
        Assert.Equal(TimeSpan.FromSeconds(30), answer.Headers.RetryAfter!.Delta);
        Assert.Empty((await api.Queue.ListAsync(JobScope.All, new JobFilter(), null, 1, Ct)).Jobs);
    }

    [Fact]
    public async Task No_configured_provider_is_503_at_once()
    {
        await using var api = await RunningApi.StartAsync(stores);
        await api.ReportAsync("w1", ["default"], Provider(configured: false));
        (await api.PostAsync("/chat", """{"user":"Hello"}"""))
            .IsProblem(503, "provider_unconfigured", "No chat provider is configured; LLM_BASE_URL of the LLM worker names one.");
    }

    public static ProviderReport Provider(bool configured) => new()
    {
        Name = "vllm",
        Configured = configured,
        Reachable = configured,
        Model = "qwen2.5-14b",
        Circuit = "closed",
    };

    /// <summary>A chat whose caller leaves when its job runs and the viewer, if there is one, has come.</summary>
    static async Task<(Guid Job, ServerEvents? Viewer)> LeaveAsync(RunningApi api, string profile, Func<Guid, Task<ServerEvents>>? view = null)
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var question = new StringContent($$"""{"user":"Hello","model":"{{profile}}"}""", System.Text.Encoding.UTF8, "application/json");
        var asked = api.Http.PostAsync("/chat", question, left.Token);
        var job = await ClaimAsync(api, profile);
        var viewer = view is null ? null : await view(job.Id);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        return (job.Id, viewer);
    }

    static async Task<ClaimedJob> ClaimAsync(RunningApi api, string profile) =>
        Assert.Single(await api.Queue.ClaimAsync(
            new ClaimRequest("w", ["llm_chat"], [profile], 1, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(20)), Ct));
}
