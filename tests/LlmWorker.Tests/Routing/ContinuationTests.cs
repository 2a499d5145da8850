using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>Answers that break off in the middle of their text, and who goes on with them.</summary>
public sealed class ContinuationTests
{
    const string Question = """{"messages":[{"role":"user","content":"Hello"}],"max_tokens":50,"min_tokens":4}""";

    static readonly string Beginning = Sse.Text("Hello ") + Sse.Text("wor");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""data: {"error":{"message":"out of memory"}}""")]
    [InlineData("data: {")]
    [InlineData("")]
    public async Task Another_server_goes_on_with_the_text_of_one_that_broke_off(string end)
    {
        await using var bad = await ScriptedServer.StreamingAsync(Beginning + end + "\n\n");
        await using var good = await ContinuingAsync(" there", (20, 3));
        using var groups = Groups($"{Vllm("bad", bad)},{Vllm("good", good, "slow")}", Fallback);
        List<string> said = [];

        var answered = Answered(await groups.ChatAsync("quality", Question, said.Add));

        Assert.Equal("Hello wor there", string.Concat(said));
        Assert.Equal(("Hello wor there", "stop", 1), (answered.Call.Answer.Content, answered.Call.Answer.FinishReason, answered.Call.Answer.Continued));
        var body = JsonElement.Parse(Assert.Single(good.Bodies));
        Assert.Equal("""[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hello wor"}]""", body.GetProperty("messages").GetRawText());
        Assert.Equal(
            (true, false, 48, 2),
            (body.GetProperty("continue_final_message").GetBoolean(), body.GetProperty("add_generation_prompt").GetBoolean(),
                body.GetProperty("max_tokens").GetInt32(), body.GetProperty("min_tokens").GetInt32()));
        // Two tokens were said and are in the second prompt.
        Assert.Equal("""{"prompt_tokens":18,"completion_tokens":5,"total_tokens":23}""", answered.Call.Answer.WholeUsage?.GetRawText());
    }

    [Fact]
    public async Task Each_piece_says_which_group_says_it_and_what_the_request_had()
    {
        await using var bad = await ScriptedServer.StreamingAsync(
            Sse.Data("""{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"""));
        await using var good = await ContinuingAsync(" there", (20, 3));
        using var groups = Groups($"{Vllm("bad", bad)},{Vllm("good", good, "slow")}", Fallback);
        List<TextPiece> said = [];

        Answered(await groups.ChatAsync("quality", new AnswerOutlet(said.Add)));

        Assert.Equal(
            [
                ("Hello", new TextSource { ModelGroup = "quality", PromptTokens = 9 }),
                (" there", new TextSource { ModelGroup = "slow", Fallback = "quality->slow", PromptTokens = 9 }),
            ],
            said.Select(piece => (piece.Text, piece.From)));
    }

    [Theory]
    [InlineData("truncate;after=2")]
    [InlineData("error;after=3")]
    [InlineData("malformed;after=4")]
    public async Task Text_and_usage_are_those_of_an_answer_in_one_piece(string fault)
    {
        await using var simulator = await Simulator.StartAsync();
        var uncut = (await Call.ToAsync(simulator.Address)).Answer();
        using var groups = new RoutedGroups($$"""
            {
              "providers": { "gpu": { "kind": "vllm", "base_url": "{{simulator.Address}}" } },
              "groups": { "quality": { "deployments": [{ "provider": "gpu", "model": "qwen2.5-14b@{{fault}}" }] }, "good": { "deployments": [{ "provider": "gpu", "model": "qwen2.5-14b" }] } },
              "fallbacks": { "quality": ["good"] }
            }
            """);
        List<string> said = [];

        var answer = Answered(await groups.ChatAsync("quality", onText: said.Add)).Call.Answer;

        Assert.Equal((uncut.Content, uncut.Content, 1), (answer.Content, string.Concat(said), answer.Continued));
        foreach (var count in (string[])["prompt_tokens", "completion_tokens", "total_tokens"])
        {
            Assert.Equal(uncut.Usage!.Value.GetProperty(count).GetInt32(), answer.WholeUsage!.Value.GetProperty(count).GetInt32());
        }
    }

    [Fact]
    public async Task A_server_alone_goes_on_with_its_own_text_once()
    {
        await using var server = await CuttingAsync("Hello ", "wor", "ld");
        using var groups = Groups(Vllm("only", server));
        List<string> said = [];

        var failed = Assert.IsType<RoutedResult.Failed>(await groups.ChatAsync("quality", Question, said.Add));

        Assert.Equal(("stream_cut", "Hello wor", 2), (failed.Failure.Type, string.Concat(said), server.Bodies.Count));
    }

    [Theory]
    [InlineData("", """{"user":"Hi","response_format":{"type":"json_object"}}""")]
    [InlineData("", """{"user":"Hi","logprobs":true}""")]
    [InlineData("", """{"user":"Hi","max_tokens":2}""")]
    [InlineData("""{"reasoning":"hm"}""", Call.Hello)]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}""", Call.Hello)]
    [InlineData("""{"refusal":"No"}""", Call.Hello)]
    [InlineData("""{"content":"<think>hm"}""", Call.Hello)]
    public async Task What_is_not_plain_text_is_not_gone_on_with(string first, string input)
    {
        await using var server = await ScriptedServer.StreamingAsync((first.Length > 0 ? Sse.Delta(first) : "") + Beginning);
        using var groups = Groups(Vllm("only", server));

        Assert.IsType<RoutedResult.Failed>(await groups.ChatAsync("quality", input));
        Assert.Single(server.Bodies);
    }

    [Theory]
    [InlineData("""{"base_url":"ADDRESS","kind":"vllm","continues":false}""", 1)]
    [InlineData("""{"base_url":"ADDRESS","kind":"openai-compatible"}""", 1)]
    [InlineData("""{"base_url":"ADDRESS","kind":"openai-compatible","continues":true}""", 2)]
    public async Task Only_a_server_that_can_is_asked_to_go_on(string provider, int calls)
    {
        await using var server = await CuttingAsync("Hello ", "wor");
        using var groups = Groups($"\"only\":{provider.Replace("ADDRESS", $"{server.Address}", StringComparison.Ordinal)}");

        Assert.IsType<RoutedResult.Failed>(await groups.ChatAsync("quality"));
        Assert.Equal(calls, server.Bodies.Count);
    }

    [Fact]
    public async Task White_space_at_the_end_is_not_given_and_not_said_twice()
    {
        await using var server = await CuttingAsync("One,\\n\\n ", "\\n\\n two");
        using var groups = Groups(Vllm("only", server));
        List<string> said = [];

        await groups.ChatAsync("quality", onText: said.Add);

        Assert.Equal("One,\n\n two", string.Concat(said));
        Assert.EndsWith("\"content\":\"One,\"}]", JsonElement.Parse(server.Bodies[1]).GetProperty("messages").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_beginning_is_refused_the_text_begins_anew()
    {
        await using var bad = await ScriptedServer.StreamingAsync(Beginning);
        await using var good = await ScriptedServer.StartAsync(async context =>
        {
            var isFirst = context.Items["body"] is string body && body.Contains("continue_final_message", StringComparison.Ordinal);
            context.Response.StatusCode = isFirst ? 400 : 200;
            context.Response.ContentType = isFirst ? "application/json" : "text/event-stream";
            await context.Response.WriteAsync(isFirst ? """{"error":"no template for that"}""" : Sse.Text("Anew") + Sse.Finish() + Sse.Done, Ct);
        });
        using var groups = Groups($"{Vllm("bad", bad)},{Vllm("good", good, "slow")}", Fallback);
        List<string> told = [];

        var answered = Answered(await groups.ChatAsync("quality", new AnswerOutlet(piece => told.Add(piece.Text)) { Restart = () => told.Add("restart") }));

        Assert.Equal(["Hello ", "wor", "restart", "Anew"], told);
        Assert.Equal(("Anew", 0, 2), (answered.Call.Answer.Content, answered.Call.Answer.Continued, good.Bodies.Count));
    }

    [Theory]
    [InlineData(true, true, "continue: there", "Hi there")]
    [InlineData(true, false, "continue:restart:Anew", "Anew")]
    [InlineData(false, true, "restart:Anew", "Anew")]
    public async Task The_text_of_an_earlier_run_is_gone_on_with_where_it_is_whole_and_all_are_told(
        bool isWhole, bool isTold, string expected, string content)
    {
        await using var server = await ContinuingAsync(" there", (20, 3));
        using var groups = Groups(Vllm("only", server));
        List<string> told = [];

        var answered = Answered(await groups.ChatAsync("quality", new AnswerOutlet(piece => told.Add(piece.Text))
        {
            Earlier = new EarlierText("Hi", DateTimeOffset.UnixEpoch, 1, 9, 2, isWhole),
            ContinueAsync = (_, _) =>
            {
                told.Add("continue");
                return Task.FromResult(isTold);
            },
            Restart = () => told.Add("restart"),
        }));

        Assert.Equal(expected, string.Join(':', told));
        Assert.Equal((content, content == "Anew" ? 0 : 3), (answered.Call.Answer.Content, answered.Call.Answer.Continued));
    }

    [Fact]
    public async Task VLLM_is_asked_for_its_running_usage_and_a_call_that_is_cancelled_is_counted()
    {
        await using var server = await ScriptedServer.BeginningAsync(
            Sse.Data("""{"id":"c","model":"m1","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":{"prompt_tokens":9,"completion_tokens":1}}"""),
            ScriptedServer.SilenceAsync);
        using var groups = Groups(Vllm("only", server));
        using var recorder = new MeterRecorder(LlmTelemetry.Name, groups.Meters);
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => groups.ChatAsync("quality", onText: _ => cancel.Cancel(), ct: cancel.Token));

        await server.ClientLeft;
        Assert.Equal((9, 1), (recorder.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "input")), recorder.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "output"))));
        Assert.Equal(
            """{"include_usage":true,"continuous_usage_stats":true}""", JsonElement.Parse(server.Bodies[0]).GetProperty("stream_options").GetRawText());
    }

    const string Fallback = """
        "groups":{"quality":{"deployments":[{"provider":"bad"}]},"slow":{"deployments":[{"provider":"good"}]}},"fallbacks":{"quality":["slow"]}
        """;

    const string Alone = """
        "groups":{"quality":{"deployments":[{"provider":"only"}]}}
        """;

    static RoutedGroups Groups(string providers, string groups = Alone) =>
        new($$"""{"providers":{{{providers}}},{{groups}}}""", new ManualTimeProvider());

    static string Vllm(string name, ScriptedServer server, string model = "m") =>
        $$"""
        "{{name}}":{"kind":"vllm","base_url":"{{server.Address}}","model":"{{model}}"}
        """;

    static RoutedResult.Answered Answered(RoutedResult result) =>
        result as RoutedResult.Answered ?? throw new InvalidOperationException($"No answer: {result}");

    /// <summary>Says the rest where it is given a beginning, else something else.</summary>
    static Task<ScriptedServer> ContinuingAsync(string rest, (int Prompt, int Completion) usage) => ScriptedServer.StartAsync(async context =>
    {
        var continues = ((string)context.Items["body"]!).Contains("continue_final_message", StringComparison.Ordinal);
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(
            Sse.Text(continues ? rest : "Anew") + Sse.Finish() + Sse.Usage(usage.Prompt, usage.Completion) + Sse.Done, context.RequestAborted);
    });

    /// <summary>Says one piece with each call, and is cut after it.</summary>
    static Task<ScriptedServer> CuttingAsync(params string[] pieces)
    {
        var calls = 0;
        return ScriptedServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(Sse.Text(pieces[calls++]), context.RequestAborted);
        });
    }
}
