using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using OpenAI.Chat;
using static AiPlatform.Api.Tests.OpenAi.OpenAiCalls;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>Streams as OpenAI's own client for .NET sees them, and what stands on the wire.</summary>
public sealed class CompletionStreamTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_piece_comes_as_it_is_said()
    {
        var chunks = _api.Chat("stream").CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Ct).GetAsyncEnumerator(Ct);
        var first = chunks.MoveNextAsync();
        var job = await ModelWorker.TakeAsync(_api, "stream");
        await ModelWorker.SayAsync(_api, job, "Hi");
        Assert.True(await first);
        Assert.Equal(ChatMessageRole.Assistant, chunks.Current.Role);
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal("Hi", chunks.Current.ContentUpdate[0].Text);

        await ModelWorker.SayAsync(_api, job, " there");
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal(" there", chunks.Current.ContentUpdate[0].Text);
        await ModelWorker.FinishAsync(_api, job, "Hi there");
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal(ChatFinishReason.Stop, chunks.Current.FinishReason);
        // The client asks for usage by itself.
        Assert.True(await chunks.MoveNextAsync());
        Assert.Equal(11, chunks.Current.Usage.TotalTokenCount);
        Assert.False(await chunks.MoveNextAsync());
    }

    [Fact]
    public async Task Its_headers_say_who_answers()
    {
        var opening = OpenAsync(_api, Question("headers", stream: true));
        var job = await ModelWorker.TakeAsync(_api, "headers");
        await ModelWorker.SayAsync(_api, job, "Hi", at: 0, new TextSource { ModelGroup = "fast", Fallback = "quality->fast", PromptTokens = 9 });
        using var response = await opening;
        await ModelWorker.FinishAsync(_api, job, "Hi");
        Assert.Equal(("fast", "quality->fast"), (Header(response, "X-Model-Group"), Header(response, "X-Fallback")));
        Assert.Equal("Hi", Said((await ReadAsync(response)).Text));
    }

    [Fact]
    public async Task Its_headers_say_who_answered_what_was_not_said_as_it_came()
    {
        var opening = OpenAsync(_api, Question("headers-late", stream: true));
        await ModelWorker.FinishAsync(_api, await ModelWorker.TakeAsync(_api, "headers-late"), "Hi", group: "quality");
        using var response = await opening;
        Assert.Equal(("quality", (string?)null), (Header(response, "X-Model-Group"), Header(response, "X-Fallback")));
        Assert.Equal("Hi", Said((await ReadAsync(response)).Text));
    }

    [Fact]
    public async Task On_the_wire_it_is_what_OpenAI_sends()
    {
        var opening = OpenAsync(_api, Question("wire", stream: true));
        var job = await ModelWorker.TakeAsync(_api, "wire");
        await ModelWorker.SayAsync(_api, job, "Hi");
        using var response = await opening;
        Assert.Equal(("text/event-stream", "no", job.Id.ToString()), (response.Content.Headers.ContentType!.MediaType,
            Assert.Single(response.Headers.GetValues("X-Accel-Buffering")), Assert.Single(response.Headers.GetValues("X-Job-Id"))));
        await ModelWorker.FinishAsync(_api, job, "Hi");
        var (text, isWhole) = await ReadAsync(response);
        var seconds = Convert.ToInt64($"{job.Id:N}"[..12], 16) / 1000;
        string Chunk(string model, string delta, string reason) =>
            $$"""data: {"id":"chatcmpl-{{job.Id:N}}","object":"chat.completion.chunk","created":{{seconds}},"model":"{{model}}","""
            + $$"""{{"\"choices\":[{\"index\":0,\"delta\":"}}{{delta}},"logprobs":null,"finish_reason":{{reason}}}]}""" + "\n\n";
        Assert.True(isWhole);
        Assert.Equal(
            Chunk("wire", """{"role":"assistant","content":""}""", "null") + Chunk("wire", """{"content":"Hi"}""", "null")
            + Chunk("served", "{}", "\"stop\"") + "data: [DONE]\n\n",
            text);
    }

    [Fact]
    public async Task Tool_calls_come_whole_and_with_their_place()
    {
        const string Calls = """[{"id":"call_1","type":"function","function":{"name":"time","arguments":"{\"zone\":\"UTC\"}"}}]""";
        ChatCompletionOptions options = new() { Tools = { ChatTool.CreateFunctionTool("time") } };
        var streamed = ReadAsync(_api.Chat("tools").CompleteChatStreamingAsync([new UserChatMessage("When?")], options, Ct));
        await ModelWorker.FinishAsync(_api, await ModelWorker.TakeAsync(_api, "tools"), null, Calls);
        var chunks = await streamed;
        var part = Assert.Single(chunks.SelectMany(chunk => chunk.ToolCallUpdates));
        Assert.Equal((0, "call_1", "time", """{"zone":"UTC"}"""), (part.Index, part.ToolCallId, part.FunctionName, part.FunctionArgumentsUpdate.ToString()));
        Assert.Contains(chunks, chunk => chunk.FinishReason == ChatFinishReason.ToolCalls);
    }

    [Fact]
    public async Task What_a_worker_of_ones_own_calls_tool_calls_breaks_nothing()
    {
        var streamed = OpenAsync(_api, Question("odd-calls", stream: true));
        await ModelWorker.FinishAsync(_api, await ModelWorker.TakeAsync(_api, "odd-calls"), "Hi", """[1,"two"]""");
        using var response = await streamed;
        var (text, isWhole) = await ReadAsync(response);
        Assert.Equal(("Hi", true), (Said(text), isWhole));
    }

    [Theory]
    [InlineData("fails")]
    [InlineData("begins-anew")]
    [InlineData("is-preempted")]
    [InlineData("is-given-back")]
    public async Task A_stream_that_breaks_off_never_looks_whole(string how)
    {
        var chunks = _api.Chat(how).CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: Ct).GetAsyncEnumerator(Ct);
        var first = chunks.MoveNextAsync();
        var job = await ModelWorker.TakeAsync(_api, how);
        await ModelWorker.SayAsync(_api, job, "Hi");
        Assert.True(await first);
        await BreakAsync(job, how);
        var broken = await Record.ExceptionAsync(async () =>
        {
            while (await chunks.MoveNextAsync())
            {
                // What was still on its way.
            }
        });
        Assert.True(broken is IOException, $"{broken}");

        var profile = how + "-raw";
        var opening = OpenAsync(_api, Question(profile, stream: true));
        job = await ModelWorker.TakeAsync(_api, profile);
        await ModelWorker.SayAsync(_api, job, "Hi");
        using var response = await opening;
        await BreakAsync(job, how);
        var (text, isWhole) = await ReadAsync(response);
        Assert.False(isWhole);
        Assert.Equal("Hi", Said(text));
        Assert.Contains("data: {\"error\":{\"message\":\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_breaks_off_before_the_first_piece_goes_on_with_the_next_run()
    {
        var opening = OpenAsync(_api, Question("given-back-early", stream: true));
        var job = await ModelWorker.TakeAsync(_api, "given-back-early");
        await _api.Queue.ReleaseAsync([JobFence.Of(job)], Ct);
        job = await ModelWorker.TakeAsync(_api, "given-back-early");
        await ModelWorker.SayAsync(_api, job, "Ho");
        using var response = await opening;
        await ModelWorker.FinishAsync(_api, job, "Ho");
        var (text, isWhole) = await ReadAsync(response);
        Assert.Equal(("Ho", true), (Said(text), isWhole));
    }

    [Fact]
    public async Task A_run_that_goes_on_with_the_text_of_another_is_not_noticed()
    {
        (string, string) key = ("Idempotency-Key", "goes-on");
        var opening = OpenAsync(_api, Question("goes-on", stream: true), key);
        var job = await ModelWorker.TakeAsync(_api, "goes-on");
        await ModelWorker.SayAsync(_api, job, "Hel", at: 0);
        using var first = await opening;
        var next = await ModelWorker.BreakOffAsync(_api, job);
        // Who comes now knows of the text before it is known that it counts.
        using var second = await OpenAsync(_api, Question("goes-on", stream: true), key);
        await ModelWorker.ContinueAsync(_api, next, of: job, characters: 3);
        await ModelWorker.SayAsync(_api, next, "lo", at: 3);
        await ModelWorker.FinishAsync(_api, next, "Hello");
        using var third = await OpenAsync(_api, Question("goes-on", stream: true), key);
        foreach (var response in (HttpResponseMessage[])[first, second, third])
        {
            var (text, isWhole) = await ReadAsync(response);
            Assert.Equal(("Hello", true, 1), (Said(text), isWhole, text.Split("\"role\"").Length - 1));
        }
    }

    [Fact]
    public async Task Pieces_that_were_lost_or_came_twice_are_put_in_their_places()
    {
        var opening = OpenAsync(_api, Question("pieces", stream: true));
        var job = await ModelWorker.TakeAsync(_api, "pieces");
        await ModelWorker.SayAsync(_api, job, "Hel", at: 0);
        await ModelWorker.SayAsync(_api, job, "ello", at: 1);
        using var response = await opening;
        await ModelWorker.SayAsync(_api, job, "world", at: 6);
        await ModelWorker.FinishAsync(_api, job, "Hello world");
        var (text, isWhole) = await ReadAsync(response);
        Assert.Equal(("Hello world", true), (Said(text), isWhole));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(2, 2)]
    public async Task Text_of_another_run_that_does_not_follow_what_was_sent_is_never_sent(int characters, int at)
    {
        var profile = $"misfit-{characters}";
        var opening = OpenAsync(_api, Question(profile, stream: true));
        var job = await ModelWorker.TakeAsync(_api, profile);
        await ModelWorker.SayAsync(_api, job, "Hel", at: 0);
        using var response = await opening;
        var next = await ModelWorker.BreakOffAsync(_api, job);
        await ModelWorker.ContinueAsync(_api, next, of: job, characters);
        await ModelWorker.SayAsync(_api, next, "xyz", at);
        await ModelWorker.FinishAsync(_api, next, "Hexyz");
        var (text, isWhole) = await ReadAsync(response);
        Assert.Equal(("Hel", false, true), (Said(text), isWhole, text.Contains("\"code\":\"stream_broken\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Hi there", "Hi there", true)]
    [InlineData("Oh, hi there", "Hi", false)]
    [InlineData("", "Hi", false)]
    public async Task Text_that_was_lost_on_its_way_is_made_up_at_the_end_or_told(string content, string said, bool isWhole)
    {
        var profile = $"lost-{content.Length}";
        var opening = OpenAsync(_api, Question(profile, stream: true));
        var job = await ModelWorker.TakeAsync(_api, profile);
        await ModelWorker.SayAsync(_api, job, "Hi");
        using var response = await opening;
        await ModelWorker.FinishAsync(_api, job, content);
        var (text, ended) = await ReadAsync(response);
        Assert.Equal((said, isWhole, !isWhole), (Said(text), ended, text.Contains("\"code\":\"stream_broken\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Whoever_comes_late_has_only_the_text_of_the_run_that_counts()
    {
        (string, string) key = ("Idempotency-Key", "late");
        var opening = OpenAsync(_api, Question("late", stream: true), key);
        var job = await ModelWorker.TakeAsync(_api, "late");
        await ModelWorker.SayAsync(_api, job, "Old");
        using var first = await opening;
        job = await ModelWorker.BreakOffAsync(_api, job);
        await ModelWorker.SayAsync(_api, job, "New");
        Assert.False((await ReadAsync(first)).IsWhole);

        using var second = await OpenAsync(_api, Question("late", stream: true), key);
        await ModelWorker.FinishAsync(_api, job, "New");
        Assert.Equal("New", Said((await ReadAsync(second)).Text));
        using var third = await OpenAsync(_api, Question("late", stream: true), key);
        var (text, isWhole) = await ReadAsync(third);
        Assert.Equal(("New", true), (Said(text), isWhole));
    }

    [Fact]
    public async Task A_caller_who_leaves_has_the_job_cancelled()
    {
        using var left = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var chunks = _api.Chat("leaver").CompleteChatStreamingAsync([new UserChatMessage("Hello")], cancellationToken: left.Token).GetAsyncEnumerator(left.Token);
        var first = chunks.MoveNextAsync();
        var job = await ModelWorker.TakeAsync(_api, "leaver");
        await ModelWorker.SayAsync(_api, job, "Hi");
        Assert.True(await first);
        await left.CancelAsync();
        await chunks.DisposeAsync();
        await _api.IsCancelledAsync(job.Id);
    }

    [Fact]
    public async Task A_process_that_stops_says_so_and_leaves_the_job_alone()
    {
        await using var api = await RunningApi.StartAsync(stores, "CHAT_LEFT_GRACE=0s");
        var opening = OpenAsync(api, Question("stopping", stream: true));
        var job = await ModelWorker.TakeAsync(api, "stopping");
        await ModelWorker.SayAsync(api, job, "Hi");
        using var response = await opening;
        var stopping = api.StopAsync();
        var (text, isWhole) = await ReadAsync(response);
        await stopping;
        Assert.False(isWhole);
        Assert.Contains("\"code\":\"stopping\"", text, StringComparison.Ordinal);
        Assert.Equal(JobStatus.Running, (await api.Queue.GetAsync(JobScope.All, job.Id, Ct))!.Status);
    }

    async Task BreakAsync(ClaimedJob job, string how)
    {
        switch (how)
        {
            case "fails":
                await ModelWorker.FailAsync(_api, job, "provider_error", "The server went away.");
                break;
            case "begins-anew":
                await ModelWorker.SayAsync(_api, job with { StartedAt = job.StartedAt!.Value.AddSeconds(1) }, "Ho");
                break;
            case "is-preempted":
                await _api.Queue.PreemptAsync(job, Ct);
                await ModelWorker.RestartAsync(_api, await ModelWorker.TakeAsync(_api, job.ModelProfile));
                break;
            default:
                await ModelWorker.SayAsync(_api, await ModelWorker.BreakOffAsync(_api, job), "Ho", at: 0);
                break;
        }
    }

    static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : null;
}
