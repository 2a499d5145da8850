using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class ContinuationTests
{
    const string Said = "Grüße, say antidisestablishmentarianism 👋🏽 twice";

    [Theory]
    [InlineData("")]
    [InlineData("""{"ignore_eos":true,"max_tokens":60}""")]
    [InlineData("""{"min_tokens":25}""")]
    [InlineData("""{"stop":" twice"}""")]
    public async Task A_beginning_and_what_follows_it_are_the_uncut_answer_wherever_it_was_cut(string options)
    {
        await using var server = await StartAsync();
        var uncut = Content(await server.ChatAnswerAsync(Body(options)));
        for (var cut = 1; cut < uncut.Length; cut++)
        {
            if (char.IsLowSurrogate(uncut[cut]))
                continue;
            var rest = Content(await server.ChatAnswerAsync(Body(options, uncut[..cut])));
            Assert.StartsWith(uncut, uncut[..cut] + rest, StringComparison.Ordinal);

            // A limit or a least number of tokens is of what this request generates.
            if (options is "" or """{"stop":" twice"}""")
                Assert.Equal(uncut, uncut[..cut] + rest);
        }
    }

    [Fact]
    public async Task A_stream_cut_after_some_tokens_goes_on_with_the_next_one()
    {
        await using var server = await StartAsync("SIMULATOR_ANSWER_TOKENS=60");
        var uncut = Content(await server.ChatAnswerAsync(Body("")));
        using var cut = await server.ChatAsync(Body("""{"stream":true}"""), "cut;after=40");
        var (events, _) = await Sse.ReadBrokenAsync(cut);
        using var rest = await server.ChatAsync(Body("""{"stream":true,"stream_options":{"include_usage":true}}""", Sse.Content(events)));
        var continued = await Sse.ReadAsync(rest);
        Assert.Equal(uncut, Sse.Content(events) + Sse.Content(continued));
        Assert.Equal(20, Sse.Json(continued[^2]).GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_whole_answer_goes_on_with_nothing_and_an_unknown_beginning_with_other_words()
    {
        await using var server = await StartAsync();
        var uncut = Content(await server.ChatAnswerAsync(Body("")));
        Assert.Equal("", Content(await server.ChatAnswerAsync(Body("", uncut))));
        Assert.Equal(" and the made up answer goes on", Content(await server.ChatAnswerAsync(Body("", "Another model began"))));
    }

    [Fact]
    public async Task The_beginning_counts_as_prompt()
    {
        await using var server = await StartAsync();
        var without = await server.ChatAnswerAsync(Body(""));
        var with = await server.ChatAnswerAsync(Body("", "This is a simulated"));
        Assert.Equal(4 + 5, PromptTokens(with) - PromptTokens(without));

        static int PromptTokens(JsonElement answer) => answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
    }

    [Fact]
    public async Task Guided_decoding_starts_anew_whatever_the_beginning()
    {
        await using var server = await StartAsync();
        const string Json = """{"response_format":{"type":"json_object"}}""";
        var uncut = Content(await server.ChatAnswerAsync(Body(Json)));
        Assert.Equal(uncut, Content(await server.ChatAnswerAsync(Body(Json, uncut[..10]))));
    }

    [Fact]
    public async Task Without_the_flag_an_assistants_message_is_history()
    {
        await using var server = await StartAsync();
        var body = Request("", "This is").ToJsonString().Replace("\"continue_final_message\":true", "\"continue_final_message\":false", StringComparison.Ordinal);
        Assert.Equal(Content(await server.ChatAnswerAsync(Body(""))), Content(await server.ChatAnswerAsync(body)));
    }

    [Theory]
    [InlineData("""{"continue_final_message":true,"messages":[{"role":"assistant","content":"A"}]}""", "continue_final_message and add_generation_prompt are not compatible: set add_generation_prompt to false.")]
    [InlineData("""{"continue_final_message":true,"add_generation_prompt":false,"messages":[{"role":"user","content":"A"}]}""", "continue_final_message is set but the final message has no assistant's content to continue.")]
    [InlineData("""{"continue_final_message":true,"add_generation_prompt":false,"messages":[{"role":"assistant","content":""}]}""", "continue_final_message is set but the final message has no assistant's content to continue.")]
    public async Task What_cannot_be_continued_is_refused(string body, string message)
    {
        await using var server = await StartAsync();
        await ChatRefusalTests.AssertRefusedAsync(await server.ChatAsync(body), HttpStatusCode.BadRequest, message, "BadRequestError", "continue_final_message");
    }

    static string Body(string options, string? beginning = null) => Request(options, beginning).ToJsonString();

    static JsonObject Request(string options, string? beginning)
    {
        var request = options.Length == 0 ? [] : JsonNode.Parse(options)!.AsObject();
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Said });
        if (beginning is not null)
        {
            messages.Add(new JsonObject { ["role"] = "assistant", ["content"] = beginning });
            request["continue_final_message"] = true;
            request["add_generation_prompt"] = false;
        }

        request["messages"] = messages;
        return request;
    }

    static string Content(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
}
