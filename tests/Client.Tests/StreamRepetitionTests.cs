using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.ScriptedServer;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>Streams that are opened again, how often, and with which token.</summary>
public sealed class StreamRepetitionTests
{
    const string Answer = """{"id":"0199e0c2-7b1e-7c3f-9a55-0d6f4b7d2c11","owner_service":"tests","task_type":"t","model_profile":"default","priority":"normal","status":"pending","attempt":0,"max_attempts":3,"created_at":"2026-01-01T00:00:00Z"}""";

    [Fact]
    public async Task A_stream_whose_events_are_not_the_APIs_is_told_as_such()
    {
        await using var server = await AnsweringAsync(200, "text/event-stream", "id: 1-1\nevent: state\ndata: {\"secret\":1}\n\n");
        using var client = Client(server.Address);
        await FailsAsync(async () => await client.EventsAsync(Guid.NewGuid(), cancellationToken: Ct).ToListAsync(Ct), ClientErrorCodes.UnexpectedAnswer, 200);
        await FailsAsync(
            async () => await client.ChatStreamAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct).ToListAsync(Ct), ClientErrorCodes.UnexpectedAnswer, 200);
    }

    [Fact]
    public async Task A_stream_that_ends_again_and_again_is_opened_after_ever_longer_pauses()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await using var server = await StartAsync(async (context, place) =>
        {
            await AnswerAsync(context, 200, "text/event-stream", $"id: 1-1\nevent: state\ndata: {Answer}\n\n");
            if (place == 10)
                await ended.CancelAsync();
        });
        using var client = Client(server.Address);
        var start = TimeProvider.System.GetTimestamp();
        List<JobEvent> seen = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var next in client.EventsAsync(Guid.NewGuid(), cancellationToken: ended.Token))
                seen.Add(next);
        });
        // The state is told once, and nine pauses of 1 ms, 2 ms, … took at least half of their length.
        Assert.Single(seen);
        Assert.True(TimeProvider.System.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(255));
    }

    [Fact]
    public async Task A_stream_that_opens_and_tells_nothing_is_given_up()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await using var server = await StartAsync(async (context, place) =>
        {
            await AnswerAsync(context, 200, "text/event-stream", ": nothing yet\n\n");
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (place == 500)
                await ended.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
        });
        // Each connection holds for longer than the longest pause, and that alone is no success.
        using var client = Client(server.Address, options => (options.LongestPause, options.StreamIdleTimeout) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20)));
        await FailsAsync(async () => await client.EventsAsync(Guid.NewGuid(), cancellationToken: ended.Token).ToListAsync(ended.Token), ClientErrorCodes.NoAnswer, null);
        Assert.True(server.Requests > 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_token_that_was_rotated_is_read_anew_where_a_stream_is_opened_and_opened_again(int refusedAt)
    {
        await using var server = await StartAsync((context, place) => context.Request.Headers.Authorization != (place <= refusedAt ? "Bearer old" : "Bearer fresh")
            ? AnswerAsync(context, 400, "application/problem+json", Problem(400, "wrong_token"))
            : place == refusedAt
                ? AnswerAsync(context, 401, "application/problem+json", Problem(401, ErrorCodes.Unauthorized))
                : AnswerAsync(context, 200, "text/event-stream", State(place > refusedAt ? "completed" : "pending")));
        var asked = 0;
        using var client = Client(
            server.Address, options => (options.Token, options.TokenProvider) = (null, _ => new(Interlocked.Increment(ref asked) <= refusedAt ? "old" : "fresh")));
        var seen = await client.EventsAsync(Guid.NewGuid(), cancellationToken: Ct).ToListAsync(Ct);
        Assert.Equal((refusedAt, refusedAt + 1), (seen.Count, server.Requests));
    }

    static string State(string status) => $"id: 1-1\nevent: state\ndata: {Answer.Replace("pending", status, StringComparison.Ordinal)}\n\n";

    static AiPlatformClient Client(Uri address, Action<AiPlatformClientOptions>? change = null) => new(Options(address, options =>
    {
        (options.RetryFor, options.FirstPause) = (TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(1));
        change?.Invoke(options);
    }));
}
