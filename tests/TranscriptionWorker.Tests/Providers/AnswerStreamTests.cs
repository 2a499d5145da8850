using System.Text;
using AiPlatform.Contracts;
using AiPlatform.TranscriptionWorker.Providers;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.TranscriptionWorker.Tests.Providers;

/// <summary>vLLM's answer as it comes, and the ways in which it can end.</summary>
public sealed class AnswerStreamTests
{
    const string Hello = "data: {\"object\":\"transcription.chunk\",\"choices\":[{\"delta\":{\"content\":\" Hello\"},\"finish_reason\":null}]}\n\n";
    const string You = "data: {\"object\":\"transcription.chunk\",\"choices\":[{\"delta\":{\"content\":\" you.\"},\"finish_reason\":null}]}\n\n";
    const string Stop = "data: {\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\",\"stop_reason\":null}]}\n\n";
    const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":387,\"total_tokens\":389,\"completion_tokens\":2}}\n\n";
    const string Done = "data: [DONE]\n\n";

    [Fact]
    public async Task Its_pieces_are_one_text_with_its_end_and_its_usage()
    {
        var answer = (await AskAsync(Hello + You + Stop + Usage + Done)).Answer();

        Assert.Equal(
            ("Hello you.", "stop", "transcription", null), (answer.Text, answer.FinishReason, answer.Mode, answer.BilledSeconds));
        Assert.Equal("""{"prompt_tokens":387,"total_tokens":389,"completion_tokens":2}""", answer.Usage?.GetRawText());
        Assert.Empty(answer.Warnings);
    }

    [Fact]
    public async Task A_text_cut_at_its_limit_says_so() =>
        Assert.Equal("length", (await AskAsync(Hello + Stop.Replace("stop\"", "length\"", StringComparison.Ordinal) + Done)).Answer().FinishReason);

    [Theory]
    [InlineData(Hello + Stop, "Hello")]
    [InlineData(Hello + You + Done, "Hello you.")]
    [InlineData(": ping\n\n" + Hello + "data: \n\n" + Stop + Done, "Hello")]
    [InlineData("data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hel\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"Hello.\"}\n\n", "Hello.")]
    public async Task A_whole_answer_is_taken_in_every_form(string body, string text) => Assert.Equal(text, (await AskAsync(body)).Answer().Text);

    [Theory]
    [InlineData(Hello + You, "stream_cut", "ended its answer before it was complete.")]
    [InlineData(Hello + "data: {\"error\":{\"message\":\"Engine dead\",\"code\":500}}\n\n" + Done, "error_in_answer", "answered with an error: Engine dead")]
    [InlineData(Hello + "data: {\"choices\":[{\"del\n\n" + Stop + Done, "malformed", "sent something that is not a transcription.")]
    [InlineData(Hello + "data: {\"choices\":[{\"delta\":{\"content\":\"\\ud800\"}}]}\n\n" + Stop, "malformed", "sent something that is not a transcription.")]
    [InlineData("", "stream_cut", "ended its answer before it was complete.")]
    public async Task What_is_not_whole_is_a_failure(string body, string type, string message)
    {
        var failure = (await AskAsync(body)).Failure();

        Assert.Equal((ErrorCategories.ProviderError, type), (failure.Category, failure.Type));
        Assert.EndsWith(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_falls_silent_in_its_answer_is_left()
    {
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            await BeginAsync(context, Hello);
            await ScriptedServer.SilenceAsync(context);
        });

        var failure = (await Call.WithAsync(new() { VoxtralBaseUrl = server.Address, IdleTimeout = TimeSpan.FromSeconds(1) })).Failure();

        Assert.Equal(ErrorCategories.ProviderTimeout, failure.Category);
        Assert.EndsWith("fell silent for 1 s in the middle of its answer (TRANSCRIPTION_IDLE_TIMEOUT).", failure.Message, StringComparison.Ordinal);
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_server_that_keeps_the_connection_after_a_whole_answer_takes_nothing_from_it()
    {
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            await BeginAsync(context, Hello + Stop);
            await ScriptedServer.SilenceAsync(context);
        });

        Assert.Equal("Hello", (await Call.ToAsync(server.Address)).Answer().Text);
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_server_that_does_not_stream_answers_at_once()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, """{"text":"Hello.","usage":{"type":"duration","seconds":4}}""");

        var answer = (await Call.ToAsync(server.Address)).Answer();

        Assert.Equal(("Hello.", null, 4.0), (answer.Text, answer.FinishReason, answer.BilledSeconds));
    }

    [Fact]
    public async Task A_server_that_refuses_to_stream_is_asked_again_without()
    {
        var requests = 0;
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var (status, body) = Interlocked.Increment(ref requests) == 1
                ? (400, """{"error":{"message":"Unknown field: stream"}}""")
                : (200, """{"text":"Hello."}""");
            return ScriptedServer.AnswerAsync(context, status, Encoding.UTF8.GetBytes(body), "application/json");
        });

        Assert.Equal("Hello.", (await Call.ToAsync(server.Address)).Answer().Text);
        Assert.Equal([true, false], server.Requests.Select(request => request.Body.Contains("name=\"stream\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_language_of_three_letters_is_left_to_the_model_and_the_answer_says_so()
    {
        await using var simulator = await Simulator.StartAsync();

        var answer = (await Call.ToAsync(simulator.Address, Call.Clip(language: "yue"))).Answer();

        Assert.Equal(["The language 'yue' was not sent, as voxtral takes codes of two letters; the model found it out."], answer.Warnings);
        Assert.DoesNotContain("yue", (await simulator.RequestsAsync()).GetRawText(), StringComparison.Ordinal);
    }

    static async Task<ClipResult> AskAsync(string body)
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, body, "text/event-stream");
        return await Call.ToAsync(server.Address);
    }

    static async Task BeginAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
