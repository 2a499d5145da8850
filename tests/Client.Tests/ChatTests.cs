using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>Chats on a real worker, whole and as they come.</summary>
[Collection(ClientSystem.Name)]
public sealed class ChatTests(ClientSystem system)
{
    readonly AiPlatformClient _client = system.Client;

    [Fact]
    public async Task A_chat_is_answered_with_its_job()
    {
        var answer = await _client.ChatAsync(new ChatCall { User = "Say hello.", OwnerService = "tests" }, cancellationToken: Ct);
        Assert.Contains("Say hello.", answer.Content, StringComparison.Ordinal);
        Assert.Equal("stop", answer.Result.FinishReason);
        var job = await _client.GetAsync(answer.JobId, Ct);
        Assert.Equal((JobStatus.Completed, "llm_chat"), (job.Status, job.TaskType));
    }

    [Fact]
    public async Task What_the_client_does_not_know_goes_to_the_model_server()
    {
        var call = new ChatCall { User = "Say hello.", Options = new() { ["max_tokens"] = JsonElement.Parse("3") } };
        Assert.Equal("length", (await _client.ChatAsync(call, cancellationToken: Ct)).Result.FinishReason);
    }

    [Fact]
    public async Task The_same_key_is_answered_by_the_same_job()
    {
        var first = await _client.ChatAsync(new ChatCall { User = "Say it once." }, "chat-once", Ct);
        Assert.Equal(first.JobId, (await _client.ChatAsync(new ChatCall { User = "Say it once." }, "chat-once", Ct)).JobId);
        await FailsAsync(() => _client.ChatAsync(new ChatCall { User = "Say something else." }, "chat-once", Ct), ErrorCodes.IdempotencyConflict, 409);
        await Assert.ThrowsAsync<ArgumentException>(() => _client.ChatAsync(new ChatCall { User = "Hi" }, "a\nb", Ct));
    }

    [Fact]
    public async Task A_streamed_chat_says_in_pieces_what_its_result_has()
    {
        var text = new StringBuilder();
        List<ChatUpdate> updates = [];
        await foreach (var update in _client.ChatStreamAsync(new ChatCall { User = "Say hello." }, cancellationToken: Ct))
        {
            text.Append(update.Text);
            updates.Add(update);
        }
        Assert.True(updates.Count > 3, $"{updates.Count} pieces");
        Assert.Equal(updates[^1].Result!.Content, text.ToString());
        Assert.All(updates, update => Assert.Equal((updates[0].JobId, false), (update.JobId, update.IsRestart)));
        Assert.All(updates.SkipLast(1), update => Assert.Null(update.Result));
    }

    [Fact]
    public async Task A_stream_of_a_key_that_is_known_is_that_of_the_first_chat()
    {
        var first = await _client.ChatAsync(new ChatCall { User = "Say it again." }, "stream-once", Ct);
        var text = new StringBuilder();
        await foreach (var update in _client.ChatStreamAsync(new ChatCall { User = "Say it again." }, "stream-once", Ct))
        {
            Assert.Equal(first.JobId, update.JobId);
            text.Append(update.Text);
        }
        Assert.Equal(first.Content, text.ToString());
    }

    [Fact]
    public async Task A_caller_who_stops_reading_ends_the_chat()
    {
        var call = new ChatCall { User = "Go on and on.", Options = new() { ["min_tokens"] = JsonElement.Parse("4000"), ["max_tokens"] = JsonElement.Parse("4000") } };
        var job = Guid.Empty;
        await foreach (var update in _client.ChatStreamAsync(call, cancellationToken: Ct))
        {
            job = update.JobId;
            break;
        }
        await Eventually.That(async () => Assert.Equal(JobStatus.Cancelled, (await _client.GetAsync(job, Ct)).Status), Ct);
    }

    [Fact]
    public async Task A_model_that_nobody_serves_is_refused_at_once_with_the_time_to_ask_again()
    {
        var refused = await FailsAsync(() => _client.ChatAsync(new ChatCall { User = "Hi", Model = "nobodys" }, cancellationToken: Ct), ErrorCodes.ProviderUnconfigured, 503);
        Assert.Equal((TimeSpan.FromSeconds(30), true), (refused.RetryAfter, refused.IsTransient));
    }
}
