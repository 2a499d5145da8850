using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;
using static AiPlatform.LlmWorker.Tests.Admission.PlacedCalls;
using static AiPlatform.LlmWorker.Tests.Routing.RoutedCalls;

namespace AiPlatform.LlmWorker.Tests.Admission;

/// <summary>What a worker may claim, as its calls and the rests of its models leave it.</summary>
public sealed class OpeningsTests
{
    readonly ManualTimeProvider time = new();
    readonly TaskCompletionSource finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_may_be_claimed_follows_the_calls_and_the_jobs_that_are_about_to_call()
    {
        await using var server = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(Config(server, 5), time);
        Assert.Equal(("quality", JobPriority.Low, 4), Opening());

        var claimed = Enumerable.Range(0, 4).Select(_ => groups.Models.Admit("quality")!).ToList();
        Assert.Equal(("quality", JobPriority.Normal, 1), Opening());

        var chat = groups.ChatAsync("quality", priority: JobPriority.Low, place: claimed[0]);
        await ReachedAsync(server, 1);
        Assert.Equal(("quality", JobPriority.Normal, 1), Opening());

        var last = groups.Models.Admit("quality")!;
        Assert.Equal(("quality", null, 0), Opening());
        var changed = groups.Signal.Changed;
        last.Dispose();
        Assert.True(changed.IsCompleted);
        claimed[1].Dispose();
        Assert.Equal(("quality", JobPriority.Low, 1), Opening());

        finish.SetResult();
        Assert.IsType<RoutedResult.Answered>(await chat);
        claimed.ForEach(place => place.Dispose());
        Assert.Equal(("quality", JobPriority.Low, 4), Opening());
        Assert.False(groups.Signal.IsWatched);

        (string, JobPriority?, int) Opening() =>
            groups.Models.Openings()!.Single(opening => opening.ModelProfile == "quality") is var opening ? (opening.Pool, opening.Lowest, opening.Room) : default;
    }

    [Fact]
    public async Task Whoever_waits_is_told_when_a_deployment_begins_to_rest_and_when_its_rest_ends()
    {
        await using var server = await ScriptedServer.StreamingAsync(Good);
        using var groups = new RoutedGroups(Config(server, 5), time);
        using var gauges = groups.Gauges;
        await gauges.StartAsync(Ct);
        await Eventually.That(() => Assert.Equal(1, time.PendingTimers), Ct);
        var changed = groups.Signal.Changed;
        Assert.Single(groups.Models.Deployments).Breaker.Rest(TimeSpan.FromSeconds(10));

        time.Advance(TimeSpan.FromSeconds(1));
        await changed.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        changed = groups.Signal.Changed;
        time.Advance(TimeSpan.FromSeconds(10));
        await changed.WaitAsync(TimeSpan.FromSeconds(60), Ct);

        await gauges.StopAsync(Ct);
    }

    [Fact]
    public async Task Of_a_deployment_that_is_tried_again_one_place_counts()
    {
        await using var server = await ScriptedServer.StreamingAsync(Good);
        using var groups = new RoutedGroups(
            $$"""
            {
              "providers": { "a": { "base_url": "{{server.Address}}" }, "b": { "base_url": "{{server.Address}}" } },
              "groups": { "quality": { "deployments": [{ "provider": "a", "concurrency": 5 }, { "provider": "b", "concurrency": 5 }] } }
            }
            """,
            time);
        Assert.Equal(8, Room());
        groups.Models.Deployments[0].Breaker.Rest(TimeSpan.FromSeconds(10));
        Assert.Equal(4, Room());

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(5, Room());

        int Room() => groups.Models.Openings()!.Single(opening => opening.ModelProfile == "quality") is { Lowest: JobPriority.Low } opening ? opening.Room : 0;
    }

    [Fact]
    public async Task A_place_that_becomes_free_is_for_those_priorities_that_would_have_it()
    {
        await using var server = await ScriptedServer.StartAsync(AnswerAsync);
        using var groups = new RoutedGroups(Config(server, 5), time);
        var chats = Enumerable.Range(0, 4).Select(_ => groups.ChatAsync("quality")).ToList();
        await ReachedAsync(server, 4);
        Assert.Equal((JobPriority.Normal, JobPriority.Low), Opening());
        chats.Add(groups.ChatAsync("quality"));
        await ReachedAsync(server, 5);
        Assert.Equal((null, JobPriority.Normal), Opening());

        // It said that it had too much, and keeps what it has.
        Assert.Single(groups.Models.Deployments).Places.Refused(time.GetTimestamp());
        Assert.Equal((null, null), Opening());

        finish.SetResult();
        await Task.WhenAll(chats);

        (JobPriority?, JobPriority?) Opening() =>
            groups.Models.Openings()!.Single(opening => opening.ModelProfile == "quality") is var opening ? (opening.Lowest, opening.LowestInstead) : default;
    }

    Task AnswerAsync(HttpContext context) => AnswerAfterAsync(finish.Task, context);
}
