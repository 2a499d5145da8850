using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.LlmWorker.Tests.Routing.RoutedCalls;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>Which servers are left alone, and for how long.</summary>
public sealed class RestTests
{
    [Fact]
    public async Task A_server_that_goes_on_failing_rests()
    {
        await using var servers = new Servers();
        await servers.AddAsync("good", ScriptedServer.StreamingAsync(Good));
        await servers.AddAsync("bad", ScriptedServer.AnsweringAsync(500, "{}"));
        using var groups = new RoutedGroups(
            $$"""
            {
              "providers": { "bad": { "base_url": "{{servers["bad"].Address}}" }, "good": { "base_url": "{{servers["good"].Address}}" } },
              "groups": { "quality": { "deployments": [{ "provider": "bad" }] }, "fast": { "deployments": [{ "provider": "good" }] } },
              "fallbacks": { "quality": ["fast"] }
            }
            """,
            new ManualTimeProvider());

        for (var i = 0; i < 9; i++)
        {
            Assert.Equal("quality->fast", Answered(await groups.ChatAsync("quality")).Fallback);
        }

        Assert.Equal(5, servers["bad"].Bodies.Count);
        var report = groups.Models.Reports().Single(provider => provider.Name == "bad");
        Assert.Equal("open", report.Circuit);
        var model = Assert.Single(report.Deployments!);
        Assert.Equal(("open", "provider_error", 0), (model.Circuit, model.LastError, model.InFlight));
        Assert.InRange(model.RestsForMs!.Value, 4000, 5000);
        Assert.Equal(["quality"], model.Groups);
    }

    [Fact]
    public async Task Servers_that_ask_to_be_left_alone_are_not_asked_before_their_time()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(429, "{}", headers: ("Retry-After", "60")));
        await servers.AddAsync("b", ScriptedServer.AnsweringAsync(503, "{}", headers: ("Retry-After", "30")));
        using var groups = RoutedGroups.Of(servers, "quality:a b");
        await groups.ChatAsync("quality");

        var failure = Failure(await groups.ChatAsync("quality"));

        Assert.Equal((1, 1), (servers["a"].Bodies.Count, servers["b"].Bodies.Count));
        Assert.Equal(ErrorCategories.ProvidersExhausted, failure.Category);
        Assert.Equal(TimeSpan.FromSeconds(30), failure.Pause);
        // What a caller who waits is told.
        Assert.Equal(TimeSpan.FromSeconds(30), ProvidersRest.In(failure.Message));
        Assert.Contains("Their servers asked to be left alone. The first of them is tried again in 30 s.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_only_model_is_always_asked()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(429, "{}", headers: ("Retry-After", "60")));
        using var groups = RoutedGroups.Of(servers, "quality:a");

        for (var i = 0; i < 8; i++)
        {
            Assert.Equal((ErrorCategories.ProviderError, "429", 60.0), Failure(await groups.ChatAsync("quality")) is var failure
                ? (failure.Category, failure.Type, failure.Pause!.Value.TotalSeconds) : default);
        }
        Assert.Equal(8, servers["a"].Bodies.Count);
    }

    [Fact]
    public async Task With_all_of_them_resting_after_failures_the_last_group_is_asked_all_the_same()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(500, "{}"));
        await servers.AddAsync("b", ScriptedServer.AnsweringAsync(500, "{}"));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");
        for (var i = 0; i < 5; i++)
        {
            await groups.ChatAsync("quality");
        }
        var before = servers["b"].Bodies.Count;

        Assert.Equal(ErrorCategories.ProvidersExhausted, Failure(await groups.ChatAsync("quality")).Category);

        Assert.Equal((5, before + 1), (servers["a"].Bodies.Count, servers["b"].Bodies.Count));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_wrongly_configured_server_is_asked_once_and_not_again(int status)
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(status, "{}"));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("quality->fast", Answered(await groups.ChatAsync("quality")).Fallback);
        }

        Assert.Single(servers["a"].Bodies);
        var model = Assert.Single(groups.Models.Reports()[0].Deployments!);
        Assert.Equal(("open", null, "provider_rejected"), (model.Circuit, model.RestsForMs, model.LastError));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    public async Task A_busy_server_that_does_not_say_for_how_long_rests_five_seconds(string retryAfter)
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(429, "{}", headers: ("Retry-After", retryAfter)));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");

        await groups.ChatAsync("quality");

        Assert.Equal(5000, Assert.Single(groups.Models.Reports()[0].Deployments!).RestsForMs);
    }

    [Fact]
    public async Task An_unpaid_bill_lets_a_server_rest_but_not_for_good()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(402, "{}"));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");

        Assert.Equal("quality->fast", Answered(await groups.ChatAsync("quality")).Fallback);

        Assert.Equal(60_000, Assert.Single(groups.Models.Reports()[0].Deployments!).RestsForMs);
    }
}
