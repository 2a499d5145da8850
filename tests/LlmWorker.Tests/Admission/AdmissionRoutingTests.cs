using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;
using static AiPlatform.LlmWorker.Tests.Admission.PlacedCalls;
using static AiPlatform.LlmWorker.Tests.Routing.RoutedCalls;

namespace AiPlatform.LlmWorker.Tests.Admission;

/// <summary>Chats for which there is no place.</summary>
public sealed class AdmissionRoutingTests
{
    readonly ManualTimeProvider time = new();
    readonly TaskCompletionSource finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_without_a_place_waits_for_one()
    {
        await using var server = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(Config(server, 1), time);
        var first = groups.ChatAsync("quality");
        await ReachedAsync(server, 1);

        var second = groups.ChatAsync("quality");
        await Eventually.That(() => Assert.True(groups.Signal.IsWatched), Ct);
        finish.SetResult();

        Assert.IsType<RoutedResult.Answered>(await first);
        Assert.IsType<RoutedResult.Answered>(await second);
        Assert.False(groups.Signal.IsWatched);
    }

    [Fact]
    public async Task A_chat_that_gets_no_place_in_ten_seconds_is_not_asked_of_its_models()
    {
        await using var server = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(Config(server, 1), time);
        var first = groups.ChatAsync("quality");
        await ReachedAsync(server, 1);
        var second = groups.ChatAsync("quality");
        await Eventually.That(() => Assert.True(groups.Signal.IsWatched), Ct);

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.IsType<RoutedResult.NoRoom>(await second);
        finish.SetResult();
        Assert.IsType<RoutedResult.Answered>(await first);
        Assert.Single(server.Bodies);
    }

    [Theory]
    [InlineData(500, typeof(RoutedResult.Failed))]
    [InlineData(401, typeof(RoutedResult.NoRoom))]
    public async Task A_chat_that_one_model_failed_and_for_which_others_have_no_place_has_failed(int status, Type expected)
    {
        await using var failing = await ScriptedServer.AnsweringAsync(status, "{}");
        await using var full = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(
            $$"""
            {
              "providers": { "a": { "base_url": "{{failing.Address}}" }, "b": { "base_url": "{{full.Address}}" } },
              "groups": {
                "quality": { "deployments": [{ "provider": "a" }] },
                "fast": { "deployments": [{ "provider": "b", "concurrency": 1 }] }
              },
              "fallbacks": { "quality": ["fast"] }
            }
            """,
            time);
        var first = groups.ChatAsync("fast");
        await ReachedAsync(full, 1);
        var second = groups.ChatAsync("quality");
        await Eventually.That(() => Assert.True(groups.Signal.IsWatched), Ct);

        time.Advance(TimeSpan.FromSeconds(10));

        var result = await second;
        Assert.IsType(expected, result);
        if (result is RoutedResult.Failed { Failure: var failure })
        {
            Assert.Equal((ErrorCategories.ProviderError, null), (failure.Category, failure.Pause));
        }
        Assert.Single(failing.Bodies);
        finish.SetResult();
        await first;
    }

    [Fact]
    public async Task A_chat_that_is_cancelled_while_it_waits_leaves_nothing_behind()
    {
        await using var server = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(Config(server, 1), time);
        var first = groups.ChatAsync("quality");
        await ReachedAsync(server, 1);
        using var cancel = new CancellationTokenSource();
        var second = groups.ChatAsync("quality", ct: cancel.Token);
        await Eventually.That(() => Assert.True(groups.Signal.IsWatched), Ct);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(groups.Signal.IsWatched);
        finish.SetResult();
        await first;
        Assert.Equal(0, Assert.Single(groups.Models.Deployments).Places.InFlight);
    }

    [Fact]
    public async Task A_low_chat_leaves_the_last_places_to_others()
    {
        await using var server = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(Config(server, 4), time);
        var low = Enumerable.Range(0, 4).Select(_ => groups.ChatAsync("quality", priority: JobPriority.Low)).ToList();
        await ReachedAsync(server, 3);

        var high = groups.ChatAsync("quality", priority: JobPriority.High);
        await ReachedAsync(server, 4);

        Assert.Equal(4, Assert.Single(groups.Models.Deployments).Places.InFlight);
        finish.SetResult();
        Assert.All(await Task.WhenAll([.. low, high]), result => Assert.IsType<RoutedResult.Answered>(result));
    }

    [Fact]
    public async Task Another_model_of_the_group_that_has_a_place_is_asked_and_no_fallback()
    {
        await using var full = await ScriptedServer.StartAsync(AnswerAsync);
        await using var other = await ScriptedServer.StartAsync(AnswerAsync);
        await using var fallback = await ScriptedServer.StreamingAsync(Good);
        using var groups = new RoutedGroups(
            $$"""
            {
              "providers": { "a": { "base_url": "{{full.Address}}" }, "b": { "base_url": "{{other.Address}}" }, "c": { "base_url": "{{fallback.Address}}" } },
              "groups": {
                "quality": { "deployments": [{ "provider": "a", "concurrency": 1 }, { "provider": "b", "concurrency": 1 }] },
                "fast": { "deployments": [{ "provider": "c" }] }
              },
              "fallbacks": { "quality": ["fast"] }
            }
            """,
            time);
        var chats = Enumerable.Range(0, 3).Select(_ => groups.ChatAsync("quality")).ToList();
        await ReachedAsync(full, 1);
        await ReachedAsync(other, 1);
        await Eventually.That(() => Assert.True(groups.Signal.IsWatched), Ct);

        finish.SetResult();

        Assert.All(await Task.WhenAll(chats), result => Assert.Null(Assert.IsType<RoutedResult.Answered>(result).Fallback));
        Assert.Empty(fallback.Bodies);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_server_that_refuses_a_call_as_one_too_many_gets_fewer(int status)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, "{}");
        using var groups = new RoutedGroups(Config(server, 8), time);

        await groups.ChatAsync("quality");

        var report = Assert.Single(Assert.Single(groups.Models.Reports()).Deployments!);
        Assert.Equal((1, "refusals", 0), (report.Limit, report.LimitedBy, report.InFlight));
        time.Advance(TimeSpan.FromSeconds(70));
        Assert.Equal(8, Assert.Single(Assert.Single(groups.Models.Reports()).Deployments!).Limit);
    }

    [Theory]
    [InlineData(true, "refusals")]
    [InlineData(false, null)]
    public async Task Only_an_answer_that_comes_in_pieces_tells_how_soon_its_server_begins(bool inPieces, string? limitedBy)
    {
        var slowness = TimeSpan.FromSeconds(0.4);
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            time.Advance(slowness);
            context.Response.ContentType = inPieces ? "text/event-stream" : "application/json";
            await context.Response.WriteAsync(
                inPieces ? Good : """{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}""", context.RequestAborted);
        });
        using var groups = new RoutedGroups(Config(server, 2), time);
        for (var i = 0; i < 40; i++)
        {
            slowness = TimeSpan.FromSeconds(i < 20 ? 0.4 : 4);
            Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("quality"));
        }

        Assert.Equal(limitedBy, Assert.Single(groups.Models.Deployments).Places.LimitedBy);
    }

    Task AnswerAsync(HttpContext context) => AnswerAfterAsync(finish.Task, context);
}
