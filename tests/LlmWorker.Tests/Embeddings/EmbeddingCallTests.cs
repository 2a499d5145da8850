using System.Runtime.InteropServices;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Embeddings;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Embeddings;

/// <summary>Embeddings from a server, and who is asked for them.</summary>
public sealed class EmbeddingCallTests
{
    const string Hello = """{"input":"Hello"}""";
    static readonly string Packed = Convert.ToBase64String(MemoryMarshal.AsBytes<float>([0.5f, -2]));
    static readonly string Good = List($"\"{Packed}\"");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_is_sent_every_field_and_asked_for_the_short_form()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Good);
        using var groups = Of(("a", server));

        var embedded = Assert.IsType<RoutedResult.Embedded>(await EmbedAsync(groups, """{"model":"x","input":["Hé"],"dimensions":2,"encoding_format":"float","user":"u","truncate_prompt_tokens":1.0}"""));

        Assert.Equal(
            """{"model":"a","input":["Hé"],"dimensions":2,"user":"u","truncate_prompt_tokens":1.0,"encoding_format":"base64"}""", Assert.Single(server.Bodies));
        Assert.Equal(("/v1/embeddings", "request-1"), (Assert.Single(server.Paths), server.Headers[0]["X-Request-Id"].ToString()));
        var answer = embedded.Call.Answer;
        Assert.Equal((Packed, 2, "m1", 7, "a"), (Assert.Single(answer.Embeddings), answer.Dimensions, answer.Model, answer.InputTokens, embedded.By.Provider.Name));
    }

    [Fact]
    public async Task Numbers_are_packed_and_the_order_is_that_of_the_inputs()
    {
        await using var server = await ScriptedServer.AnsweringAsync(
            200, """{"data":[{"index":1,"embedding":[1,2]},{"index":0,"embedding":[0.5,-2.0e0]}],"model":"m1"}""");
        using var groups = Of(("a", server));

        var answer = Assert.IsType<RoutedResult.Embedded>(await EmbedAsync(groups, """{"input":[[1,2],[3]]}""")).Call.Answer;

        Assert.Equal([Packed, Convert.ToBase64String(MemoryMarshal.AsBytes<float>([1, 2]))], answer.Embeddings);
        Assert.Null(answer.Usage);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("not JSON")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[{"index":1,"embedding":[1]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":["1"]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[1e99]}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"AAA"}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"AAAAAAA="}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":"AADAfw=="}]}""")]
    [InlineData("""{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}""")]
    public async Task Something_else_than_one_vector_for_each_input_is_malformed(string body)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, body);
        using var groups = Of(("a", server));

        Assert.Equal(
            ("malformed", ErrorCategories.ProviderError, true), await FailureAsync(groups, "sent something that is not a list of embeddings."));
    }

    [Fact]
    public async Task Vectors_of_different_lengths_are_malformed()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, """{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}""");
        using var groups = Of(("a", server));

        Assert.Equal("malformed", Assert.IsType<RoutedResult.Failed>(await EmbedAsync(groups, """{"input":["a","b"]}""")).Failure.Type);
    }

    [Fact]
    public async Task An_error_is_told_in_the_words_of_the_server()
    {
        await using var refusing = await ScriptedServer.AnsweringAsync(400, """{"error":{"message":"This model's maximum context length is 8 tokens."}}""");
        await using var polite = await ScriptedServer.AnsweringAsync(200, """{"error":{"message":"The model does not support Embeddings API","code":400}}""");
        using var first = Of(("a", refusing));
        using var second = Of(("a", polite));

        Assert.Equal(
            (ContextOverflow.Type, ErrorCategories.ProviderRejected, true),
            await FailureAsync(first, "refused the request (HTTP 400): This model's maximum context length is 8 tokens."));
        Assert.Equal(
            ("error_in_answer", ErrorCategories.ProviderRejected, true), await FailureAsync(second, "refused the request: The model does not support Embeddings API"));
    }

    [Fact]
    public async Task A_failing_model_is_replaced_by_another_of_its_group_and_by_none_of_a_fallback()
    {
        await using var bad = await ScriptedServer.AnsweringAsync(500, "{}");
        await using var good = await ScriptedServer.AnsweringAsync(200, Good);
        using var same = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = bad, ["b"] = good }, "g: a b");
        using var other = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = bad, ["b"] = good }, "g: a", "f: b");

        for (var round = 0; round < 4; round++)
        {
            Assert.Equal("b", Assert.IsType<RoutedResult.Embedded>(await EmbedAsync(same, Hello)).By.Provider.Name);
        }
        Assert.Equal("500", Assert.IsType<RoutedResult.Failed>(await EmbedAsync(other, Hello)).Failure.Type);
    }

    [Fact]
    public async Task Anthropic_has_none()
    {
        await using var claude = await ScriptedServer.AnsweringAsync(200, Good);
        await using var good = await ScriptedServer.AnsweringAsync(200, Good);
        using var groups = new RoutedGroups($$"""
            {
              "providers": { "anthropic": { "api_key": "k", "base_url": "{{claude.Address}}" }, "b": { "base_url": "{{good.Address}}" } },
              "groups": { "g": { "deployments": [{ "provider": "anthropic" }, { "provider": "b" }] }, "f": { "deployments": [{ "provider": "anthropic" }] } }
            }
            """);

        for (var round = 0; round < 4; round++)
        {
            Assert.Equal("b", Assert.IsType<RoutedResult.Embedded>(await EmbedAsync(groups, Hello)).By.Provider.Name);
        }
        Assert.EndsWith(
            "cannot be asked: it gives no embeddings.", Assert.IsType<RoutedResult.Failed>(await EmbedAsync(groups, Hello, "f")).Failure.Message, StringComparison.Ordinal);
        Assert.Empty(claude.Bodies);
    }

    [Fact]
    public async Task A_model_that_does_not_embed_goes_on_chatting()
    {
        await using var chatting = await ScriptedServer.StartAsync(context =>
        {
            var isChat = context.Request.Path == "/v1/chat/completions";
            context.Response.StatusCode = isChat ? 200 : 404;
            context.Response.ContentType = isChat ? "text/event-stream" : "application/json";
            return Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, isChat ? Sse.Text("Hi") + Sse.Finish() : "{}", Ct);
        });
        using var groups = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = chatting, ["b"] = chatting }, "g: a b");

        Assert.IsType<RoutedResult.Failed>(await EmbedAsync(groups, Hello));
        Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("g"));

        var shown = groups.Models.Reports().SelectMany(report => report.Deployments!).Select(deployment => (deployment.Model, deployment.Operation, deployment.Circuit));
        Assert.Equal([("a", null, "closed"), ("a", "embedding", "open"), ("b", null, "closed"), ("b", "embedding", "open")], shown.Order());
    }

    [Fact]
    public async Task A_cancelled_call_is_closed_and_says_nothing_of_the_server()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.SilenceAsync);
        using var groups = Of(("a", server));
        using var recorder = new MeterRecorder(LlmTelemetry.Name, groups.Meters);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var asked = EmbedAsync(groups, Hello, ct: cancel.Token);
        await Eventually.That(() => Assert.Single(server.Bodies), Ct);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await server.ClientLeft;
        Assert.Empty(recorder.Of("aiplatform.provider.errors"));
    }

    [Fact]
    public async Task Calls_are_measured_by_the_conventions_name_for_them()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Good);
        using var groups = Of(("a", server));
        using var recorder = new MeterRecorder(LlmTelemetry.Name, groups.Meters);

        await EmbedAsync(groups, Hello);

        Assert.Equal(7, recorder.Sum("gen_ai.client.token.usage", ("gen_ai.operation.name", "embeddings"), ("gen_ai.token.type", "input")));
        Assert.Contains(
            Assert.Single(recorder.Of("gen_ai.client.operation.duration")).Tags, tag => tag is { Key: "gen_ai.operation.name", Value: "embeddings" });
        Assert.Empty(recorder.Of("gen_ai.client.operation.time_to_first_chunk"));
    }

    [Theory]
    [InlineData("7", "'input' must be an object with 'input', what is to be embedded.")]
    [InlineData("""{"input":null}""", "'input' must be an object with 'input', what is to be embedded.")]
    [InlineData("""{"input":""}""", "'input' must not be empty.")]
    [InlineData("""{"input":[]}""", "'input' must not be empty.")]
    [InlineData("""{"input":5}""", "'input' must be a string, an array of strings, an array of token ids, or an array of such arrays.")]
    [InlineData("""{"input":[1,"a"]}""", "'input' must be a string, an array of strings, an array of token ids, or an array of such arrays, and not a mixture.")]
    [InlineData("""{"input":["a",1]}""", "'input[1]' must be a string, as the first entry is.")]
    [InlineData("""{"input":["a",""]}""", "'input[1]' must not be empty.")]
    [InlineData("""{"input":[[1],[]]}""", "'input[1]' must not be empty.")]
    [InlineData("""{"input":[[1],["a"]]}""", "'input[1]' must be an array of token ids.")]
    [InlineData("""{"input":[[1],[-1]]}""", "'input[1]' must be an array of token ids.")]
    [InlineData("""{"input":[[1],"a"]}""", "'input[1]' must be an array of token ids, as the first entry is.")]
    [InlineData("""{"input":[{}]}""", "'input[0]' must be a string, a token id or an array of token ids.")]
    [InlineData("""{"input":"a","dimensions":0}""", "'dimensions' must be a whole number of at least 1.")]
    public void A_bad_input_names_its_field(string input, string expected)
    {
        Assert.Null(EmbeddingRequest.TryCreate(JsonElement.Parse(input), out var problem));
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("\"a\"", 1)]
    [InlineData("""["a","b","c"]""", 3)]
    [InlineData("[1,2,3]", 1)]
    [InlineData("[[1,2],[3]]", 2)]
    public void Inputs_are_counted(string input, int count)
    {
        Assert.Equal(count, EmbeddingRequest.TryCreate(JsonElement.Parse($$"""{"input":{{input}}}"""), out var problem)?.Count);
        Assert.Null(problem);
    }

    [Fact]
    public void There_are_at_most_2048()
    {
        string Texts(int count) => $$"""{"input":[{{string.Join(',', Enumerable.Repeat("\"a\"", count))}}]}""";

        Assert.NotNull(EmbeddingRequest.TryCreate(JsonElement.Parse(Texts(2048)), out _));
        Assert.Null(EmbeddingRequest.TryCreate(JsonElement.Parse(Texts(2049)), out var problem));
        Assert.Equal("'input' must have at most 2048 entries, not 2049.", problem);
    }

    static RoutedGroups Of((string Name, ScriptedServer Server) only) =>
        RoutedGroups.Of(new Dictionary<string, ScriptedServer> { [only.Name] = only.Server }, $"g: {only.Name}");

    static string List(string embedding) =>
        $$$"""{"object":"list","data":[{"object":"embedding","index":0,"embedding":{{{embedding}}}}],"model":"m1","usage":{"prompt_tokens":7,"total_tokens":7}}""";

    static async Task<(string Type, string Category, bool Says)> FailureAsync(RoutedGroups groups, string message)
    {
        var failure = Assert.IsType<RoutedResult.Failed>(await EmbedAsync(groups, Hello)).Failure;
        return (failure.Type, failure.Category, failure.Message.EndsWith(message, StringComparison.Ordinal));
    }

    static async Task<RoutedResult> EmbedAsync(RoutedGroups groups, string input, string group = "g", CancellationToken? ct = null)
    {
        var request = EmbeddingRequest.TryCreate(JsonElement.Parse(input), out var problem);
        Assert.Null(problem);
        using var hold = groups.Models.Enter();
        return await groups.Router.EmbedAsync(hold.EmbeddersOf(group)!, request!, new ChatCaller("request-1", JobPriority.Normal, null), ct ?? Ct);
    }
}
