using AiPlatform.Contracts;
using AiPlatform.Jobs;
using OpenAI.Chat;
using static AiPlatform.Api.Tests.OpenAi.OpenAiCalls;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Answers in one piece, as OpenAI's own client for .NET sees them, and what becomes of the call in the queue.</summary>
public sealed class CompletionTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_is_the_result_of_a_job()
    {
        var asked = _api.Chat("one").CompleteChatAsync([new UserChatMessage("Hello")], new ChatCompletionOptions { Temperature = 0.5f }, Ct);
        var job = await ModelWorker.TakeAsync(_api, "one");
        Assert.Equal(("openai", "llm_chat", JobPriority.Normal), (job.OwnerService, job.TaskType, job.Priority));
        Assert.Equal("""{"messages":[{"role":"user","content":"Hello"}],"temperature":0.5}""", job.Input!.Value.GetRawText());
        await ModelWorker.FinishAsync(_api, job, "Привет");

        var answer = await asked;
        var completion = answer.Value;
        Assert.Equal(("Привет", ChatFinishReason.Stop, "served", 11),
            (completion.Content[0].Text, completion.FinishReason, completion.Model, completion.Usage.TotalTokenCount));
        Assert.Equal($"chatcmpl-{job.Id:N}", completion.Id);
        Assert.InRange(completion.CreatedAt - job.CreatedAt, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
        Assert.True(answer.GetRawResponse().Headers.TryGetValue("X-Job-Id", out var id) && id == job.Id.ToString());
    }

    [Fact]
    public async Task Tool_calls_reach_the_worker_and_come_back()
    {
        const string Calls = """[{"id":"call_1","type":"function","function":{"name":"time","arguments":"{\"zone\":\"UTC\"}"}}]""";
        ChatCompletionOptions options = new() { Tools = { ChatTool.CreateFunctionTool("time") } };
        var asked = _api.Chat("tools").CompleteChatAsync([new UserChatMessage("When?")], options, Ct);
        var job = await ModelWorker.TakeAsync(_api, "tools");
        Assert.Equal("time", job.Input!.Value.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
        await ModelWorker.FinishAsync(_api, job, null, Calls);
        var completion = (await asked).Value;
        Assert.Equal((ChatFinishReason.ToolCalls, 0), (completion.FinishReason, completion.Content.Count));
        var call = Assert.Single(completion.ToolCalls);
        Assert.Equal(("call_1", "time", """{"zone":"UTC"}"""), (call.Id, call.FunctionName, call.FunctionArguments.ToString()));
    }

    [Fact]
    public async Task What_the_front_does_not_know_goes_on_as_it_came()
    {
        const string Messages = """[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}]""";
        const string Fields = """
            "response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"z":1,"a":1.50}}},"n":2,"logprobs":true,"user":"u1","top_k":1e3
            """;
        var asked = _api.PostAsync(Completions, $$$"""
            {"model":"fields","messages":{{{Messages}}},{{{Fields}}},"stream_options":{"include_usage":true,"continuous_usage_stats":true},
             "metadata":{"room":"1","aiplatform_priority":"low"}}
            """);
        var job = await ModelWorker.TakeAsync(_api, "fields");
        Assert.Equal(
            $$$"""{"messages":{{{Messages}}},{{{Fields.Trim()}}},"stream_options":{"continuous_usage_stats":true},"metadata":{"room":"1"}}""",
            job.Input!.Value.GetRawText());
        Assert.Equal(JobPriority.Low, job.Priority);
        await ModelWorker.FinishAsync(_api, job, "A cat");
        Assert.Equal(200, (await asked).Status);
    }

    [Fact]
    public async Task Several_answers_and_their_logprobs_come_as_the_worker_kept_them()
    {
        const string Choices = """
            [{"index":0,"message":{"role":"assistant","content":"Hi","reasoning":"…"},"logprobs":{"content":[{"token":"Hi","logprob":-0.50}]},"finish_reason":"stop"},
             {"index":1,"message":{"role":"assistant","content":"Ho"},"logprobs":null,"finish_reason":"length"}]
            """;
        async Task FinishAsync() => await _api.Queue.CompleteAsync(
            JobFence.Of(await ModelWorker.TakeAsync(_api, "choices")), System.Text.Json.JsonElement.Parse($$"""{"content":"Hi","choices":{{Choices}}}"""), Ct);

        var asked = _api.PostAsync(Completions, Question("choices"));
        await FinishAsync();
        Assert.Equal(Choices.Trim(), (await asked).Json.GetProperty("choices").GetRawText());

        var streamed = ReadAsync(_api.Chat("choices").CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Ct));
        await FinishAsync();
        Assert.Equal("Hi", (await streamed).SelectMany(chunk => chunk.ContentTokenLogProbabilities).Single().Token);

        var opening = OpenAsync(_api, Question("choices", stream: true));
        await FinishAsync();
        using var response = await opening;
        var (text, _) = await ReadAsync(response);
        Assert.Contains("""[{"index":1,"delta":{"content":"Ho"},"logprobs":null,"finish_reason":null}]""", text, StringComparison.Ordinal);
        Assert.Contains("""[{"index":1,"delta":{},"logprobs":null,"finish_reason":"length"}]""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_model_thought_comes_with_its_answer()
    {
        var asked = _api.PostAsync(Completions, Question("thoughts"));
        var job = await ModelWorker.TakeAsync(_api, "thoughts");
        await _api.Queue.CompleteAsync(JobFence.Of(job), System.Text.Json.JsonElement.Parse("""{"content":"Hi","reasoning":"Be polite."}"""), Ct);
        Assert.Equal("Be polite.", (await asked).Json.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning").GetString());
    }

    [Fact]
    public async Task A_result_that_says_little_is_an_answer_too()
    {
        var asked = _api.Chat("little").CompleteChatAsync([new UserChatMessage("Hello")], cancellationToken: Ct);
        var job = await ModelWorker.TakeAsync(_api, "little");
        await _api.Queue.CompleteAsync(JobFence.Of(job), System.Text.Json.JsonElement.Parse("""{"content":"Hi","usage":null,"model":7,"tool_calls":{}}"""), Ct);
        var completion = (await asked).Value;
        Assert.DoesNotContain("reasoning", (await asked).GetRawResponse().Content.ToString(), StringComparison.Ordinal);
        Assert.Equal(("Hi", "little", ChatFinishReason.Stop), (completion.Content[0].Text, completion.Model, completion.FinishReason));
        Assert.Empty(completion.ToolCalls);
    }

    [Fact]
    public async Task Headers_say_how_the_call_is_queued()
    {
        (string, string)[] headers =
        [
            ("X-Owner-Service", "portal"), ("X-Owner-Ref", "room/1"), ("X-Priority", "high"), ("X-Deadline", "2090-01-01T02:00:00+02:00"), ("Idempotency-Key", "k1"),
        ];
        var asked = _api.PostAsync(Completions, Question("headers"), headers);
        var job = await ModelWorker.TakeAsync(_api, "headers");
        Assert.Equal(("portal", "room/1", JobPriority.High, "2090-01-01T00:00:00Z"),
            (job.OwnerService, job.OwnerRef, job.Priority, $"{job.Deadline:yyyy-MM-ddTHH:mm:ssZ}"));
        await ModelWorker.FinishAsync(_api, job, "Hi");
        var first = await asked;
        var again = await _api.PostAsync(Completions, Question("headers"), headers);
        Assert.Equal((200, first.Text), (again.Status, again.Text));
    }

    [Fact]
    public async Task Metadata_says_it_for_clients_without_headers()
    {
        var asked = _api.PostAsync(Completions, """
            {"model":"metadata","messages":[{"role":"user","content":"Hello"}],"metadata":{"aiplatform_owner_service":"portal","aiplatform_owner_ref":"room/1",
             "aiplatform_priority":"high","aiplatform_deadline":"2090-01-01T00:00:00Z","aiplatform_idempotency_key":"k2"}}
            """, ("X-Priority", "high"));
        var job = await ModelWorker.TakeAsync(_api, "metadata");
        Assert.Equal(("portal", "room/1", JobPriority.High, 2090), (job.OwnerService, job.OwnerRef, job.Priority, job.Deadline!.Value.Year));
        Assert.False(job.Input!.Value.TryGetProperty("metadata", out _));
        await ModelWorker.FinishAsync(_api, job, "Hi");
        Assert.Equal(200, (await asked).Status);
    }

    [Fact]
    public async Task A_deadline_after_the_longest_wait_is_that_of_the_wait()
    {
        var asked = _api.PostAsync(Completions, Question("deadline"), ("X-Deadline", "2090-01-01T00:00:00Z"));
        var job = await ModelWorker.TakeAsync(_api, "deadline");
        Assert.InRange(job.Deadline!.Value - job.CreatedAt, TimeSpan.FromSeconds(270), TimeSpan.FromSeconds(390));
        await ModelWorker.FinishAsync(_api, job, "Hi");
        Assert.Equal(200, (await asked).Status);
    }
}
