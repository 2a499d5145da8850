using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>What a reader of a streamed chat gets where runs break off, go on and begin anew, and where pieces are lost or come twice.</summary>
public sealed class ChatTextTests
{
    const string First = "2026-01-01T00:00:01Z";
    const string Second = "2026-01-01T00:00:02Z";

    [Fact]
    public Task Pieces_are_the_text() => IsAsync("Hello there", [Token("Hello", 0), Token(" there", 5)], "Hello", " there", "");

    [Fact]
    public Task Pieces_of_a_worker_that_does_not_count_are_the_text() => IsAsync("Hello there", [Token("Hello"), Token(" there")], "Hello", " there", "");

    [Fact]
    public Task What_comes_twice_is_told_once() => IsAsync("Hello there", [Token("Hello", 0), Token("Hello", 0), Token("lo there", 3)], "Hello", " there", "");

    [Fact]
    public Task What_was_lost_comes_with_the_result() => IsAsync("Hello there", [Token("Hello", 0), Token("re", 9)], "Hello", " there");

    [Fact]
    public Task A_result_that_says_something_else_begins_anew() => IsAsync("Goodbye", [Token("Hello", 0)], "Hello", "|Goodbye");

    [Fact]
    public Task An_answer_that_was_not_streamed_is_one_piece() => IsAsync("Hello", [], "Hello");

    [Fact]
    public Task A_text_that_begins_anew_says_so() =>
        IsAsync("Other", [Token("Hello", 0), Event("restart", $$"""{"started_at":"{{Second}}"}"""), Token("Other", 0, Second)], "Hello", "|", "Other", "");

    [Fact]
    public Task A_run_that_does_not_say_that_it_goes_on_begins_anew() => IsAsync("Other", [Token("Hello", 0), Token("Other", 0, Second)], "Hello", "|Other", "");

    [Fact]
    public Task The_end_of_a_run_whose_beginning_was_lost_is_told_with_the_result() =>
        IsAsync("Other words", [Token("Hello", 0), Token(" words", 5, Second)], "Hello", "|", "Other words");

    [Fact]
    public Task A_run_that_goes_on_with_the_text_is_appended() =>
        IsAsync("Hello there", [Token("Hello", 0), Preempted, Continued(First, 5), Token(" there", 5, Second)], "Hello", " there", "");

    [Fact]
    public Task A_run_that_goes_on_with_less_than_was_said_takes_the_rest_back() =>
        IsAsync("Help", [Token("Hello", 0), Continued(First, 3), Token("p", 3, Second)], "Hello", "|Hel", "p", "");

    [Fact]
    public Task A_run_that_goes_on_with_more_than_was_received_waits_for_the_result() =>
        IsAsync("Hello there", [Token("Hello", 0), Continued(First, 8), Token("ere", 8, Second)], "Hello", " there");

    [Fact]
    public Task A_run_that_goes_on_with_one_that_was_not_seen_waits_for_the_result() =>
        IsAsync("Hello there", [Token("Hello", 0), Continued("2026-01-01T00:00:09Z", 5), Token(" there", 5, Second)], "Hello", "|", "Hello there");

    const string Preempted = "event: preempted\ndata: {\"started_at\":\"2026-01-01T00:00:01Z\",\"preemptions\":1}";

    static string Token(string text, int? at = null, string run = First) =>
        Event("token", $$"""{"text":"{{text}}","started_at":"{{run}}"{{(at is null ? "" : $",\"at\":{at}")}}}""");

    static string Continued(string of, int characters) =>
        Event("continued", $$"""{"started_at":"{{Second}}","of":"{{of}}","characters":{{characters}}}""");

    static string Event(string type, string data) => $"event: {type}\ndata: {data}";

    /// <param name="texts">Of each step; those that begin anew have a bar in front.</param>
    static async Task IsAsync(string content, string[] events, params string[] texts)
    {
        var job = Guid.NewGuid();
        var result = $$"""{"content":"{{content}}","model":"m","duration_ms":5,"finish_reason":"stop","provider":"p","attempts":1}""";
        var end = Event("state", $$"""
            {"id":"{{job}}","owner_service":"chat","task_type":"llm_chat","model_profile":"default","priority":"normal","status":"completed",
            """.Trim() + $$""" "attempt":1,"max_attempts":3,"created_at":"{{First}}","result":{{result}} """ + "}");
        var stream = string.Concat(events.Append(end).Select((text, place) => $"id: {place}-1\n{text}\n\n"));
        await using var server = await ScriptedServer.StartAsync((context, _) =>
        {
            context.Response.Headers["X-Job-Id"] = job.ToString();
            return ScriptedServer.AnswerAsync(context, 200, "text/event-stream", stream);
        });
        using var client = new AiPlatformClient(Options(server.Address));
        var updates = await client.ChatStreamAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct).ToListAsync(Ct);
        Assert.Equal(texts, updates.Select(update => (update.IsRestart ? "|" : "") + update.Text));
        Assert.Equal(content, updates[^1].Result!.Content);
        var last = updates.FindLastIndex(update => update.IsRestart);
        Assert.Equal(content, string.Concat(updates.Skip(Math.Max(last, 0)).Select(update => update.Text)));
    }
}
