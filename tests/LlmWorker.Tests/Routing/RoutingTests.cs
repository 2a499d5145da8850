using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.Testing;
using static AiPlatform.LlmWorker.Tests.Routing.RoutedCalls;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>Which servers are asked, in what order, and what the job is told in the end.</summary>
public sealed class RoutingTests
{
    [Fact]
    public async Task A_failed_call_is_made_again_on_another_server_of_the_group()
    {
        await using var servers = new Servers();
        await servers.AddAsync("bad", ScriptedServer.AnsweringAsync(500, "{}"));
        await servers.AddAsync("good", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:bad good");

        for (var i = 0; i < 20; i++)
        {
            var answered = Answered(await groups.ChatAsync("quality"));
            Assert.Equal(("Hi", "good", "quality", null), (answered.Call.Answer.Content, answered.By.Provider.Name, answered.Group, answered.Fallback));
        }
        Assert.Equal(20, servers["good"].Bodies.Count);
    }

    [Fact]
    public async Task Where_a_group_cannot_answer_its_fallback_does_and_it_is_seen()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(503, "{}"));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Sse.Data("""{"error":{"message":"out of memory"}}""")));
        await servers.AddAsync("c", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a b", "fast:c");
        using var recorder = new MeterRecorder(LlmTelemetry.Name, groups.Meters);

        var answered = Answered(await groups.ChatAsync("quality"));

        Assert.Equal(("c", "fast", "quality->fast"), (answered.By.Provider.Name, answered.Group, answered.Fallback));
        Assert.Equal(1, recorder.Sum("aiplatform.provider.fallbacks", ("from", "quality"), ("to", "fast")));
        Assert.Equal((1, 1, 1), (servers["a"].Bodies.Count, servers["b"].Bodies.Count, servers["c"].Bodies.Count));
        Assert.Contains("\"model\":\"c\"", servers["c"].Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_may_forbid_the_fallback()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(500, "{}"));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");

        var failure = Failure(await groups.ChatAsync("quality", """{"user":"Hi","fallback":false}"""));

        Assert.Equal(ErrorCategories.ProviderError, failure.Category);
        Assert.Empty(servers["b"].Bodies);
        Assert.DoesNotContain("fallback", Assert.Single(servers["a"].Bodies), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_have_failed_the_job_is_told_of_each()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(500, """{"error":"no memory"}"""));
        await servers.AddAsync("b", ScriptedServer.AnsweringAsync(429, """{"error":"too many"}""", headers: ("Retry-After", "7")));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");

        var failure = Failure(await groups.ChatAsync("quality"));

        Assert.Equal((ErrorCategories.ProvidersExhausted, "exhausted"), (failure.Category, failure.Type));
        Assert.StartsWith("No model of 'quality' or 'fast' can answer now. a at http://127.0.0.1:", failure.Message, StringComparison.Ordinal);
        Assert.Contains("failed (HTTP 500): no memory", failure.Message, StringComparison.Ordinal);
        Assert.Contains("takes no more requests now (HTTP 429): too many", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400, """{"error":{"message":"max_tokens is too large"}}""")]
    [InlineData(400, """{"error":{"message":"filtered","code":"content_policy_violation"}}""")]
    [InlineData(413, "{}")]
    [InlineData(422, "{}")]
    public async Task A_refused_request_is_tried_nowhere_else(int status, string body)
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(status, body));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");

        Assert.Equal(ErrorCategories.ProviderRejected, Failure(await groups.ChatAsync("quality")).Category);

        Assert.Single(servers["a"].Bodies);
        Assert.Empty(servers["b"].Bodies);
        Assert.Equal("closed", groups.Models.Reports()[0].Circuit);
    }

    [Fact]
    public async Task What_was_said_is_not_said_again_by_another_server()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.StreamingAsync(Sse.Text("Hal")));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");
        List<string> said = [];

        var failure = Failure(await groups.ChatAsync("quality", onText: said.Add));

        // The queue runs the job again at once, and that run's text starts anew.
        Assert.Equal((ErrorCategories.ProviderError, "stream_cut", TimeSpan.Zero), (failure.Category, failure.Type, failure.Pause));
        Assert.Equal(["Hal"], said);
        Assert.Empty(servers["b"].Bodies);
    }

    [Fact]
    public async Task Three_calls_are_made_at_most_and_one_of_them_to_the_fallback()
    {
        await using var servers = new Servers();
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            await servers.AddAsync(name, ScriptedServer.AnsweringAsync(500, "{}"));
        }
        using var groups = RoutedGroups.Of(servers, "quality:a b c", "fast:d e");

        var failure = Failure(await groups.ChatAsync("quality"));

        // There are others that could answer, so it is this one's failure, and not all are exhausted.
        Assert.Equal(ErrorCategories.ProviderError, failure.Category);
        Assert.Equal(2, "abc".Sum(name => servers[$"{name}"].Bodies.Count));
        Assert.Equal(1, "de".Sum(name => servers[$"{name}"].Bodies.Count));
    }

    [Fact]
    public async Task A_group_that_has_spent_its_retries_makes_no_more_of_them()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(500, "{}"));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a", "fast:b");
        using var hold = groups.Models.Enter();
        while (hold.ChainOf("quality", mayFallBack: true)[0].Budget.TrySpend())
        {
        }

        Assert.Equal(ErrorCategories.ProviderError, Failure(await groups.ChatAsync("quality")).Category);

        Assert.Empty(servers["b"].Bodies);
    }

    [Fact]
    public async Task A_cancelled_chat_is_no_failure_of_its_server()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.BeginningAsync(Sse.Text("Hi"), ScriptedServer.SilenceAsync));
        using var groups = RoutedGroups.Of(servers, "quality:a");
        using var cancel = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => groups.ChatAsync("quality", onText: _ => cancel.Cancel(), ct: cancel.Token));

        var model = Assert.Single(groups.Models.Reports()[0].Deployments!);
        Assert.Equal(("closed", 0, null), (model.Circuit, model.InFlight, model.LastError));
    }

    [Fact]
    public async Task A_server_that_others_left_no_time_is_not_blamed_for_it()
    {
        var time = new ManualTimeProvider();
        await using var slow = await ScriptedServer.StartAsync(context =>
        {
            time.Advance(TimeSpan.FromSeconds(60));
            return ScriptedServer.SilenceAsync(context);
        });
        await using var good = await ScriptedServer.StreamingAsync(Good);
        using var groups = new RoutedGroups(
            $$"""
            {
              "providers": {
                "slow": { "base_url": "{{slow.Address}}", "first_token_timeout": "60s", "timeout": "60s" },
                "good": { "base_url": "{{good.Address}}", "first_token_timeout": "60s", "timeout": "60s" }
              },
              "groups": { "quality": { "deployments": [{ "provider": "slow" }] }, "fast": { "deployments": [{ "provider": "good" }] } },
              "fallbacks": { "quality": ["fast"] }
            }
            """,
            time);

        Assert.Equal((ErrorCategories.ProviderTimeout, ModelServer.OutOfTime), Failure(await groups.ChatAsync("quality")) is var failure ? (failure.Category, failure.Type) : default);

        Assert.Equal(
            [("slow", "provider_timeout"), ("good", null)],
            groups.Models.Reports().Select(provider => (provider.Name, Assert.Single(provider.Deployments!).LastError)));
    }
}
