using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>Which servers are asked, in what order, and what the job is told in the end.</summary>
public sealed class RoutingTests
{
    static readonly string Good = Sse.Text("Hi") + Sse.Finish() + Sse.Done;

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
    [InlineData("""{"error":{"message":"too long","code":"context_length_exceeded"}}""")]
    [InlineData("""{"error":{"message":"This model's maximum context length is 8000 tokens. However, you requested 9000 tokens.","type":"BadRequestError","code":400}}""")]
    [InlineData("""{"error":"the request exceeds the available context size"}""")]
    public async Task A_prompt_that_is_too_long_goes_to_a_larger_model_only(string body)
    {
        await using var servers = new Servers();
        await servers.AddAsync("small", ScriptedServer.AnsweringAsync(400, body));
        await servers.AddAsync("same", ScriptedServer.StreamingAsync(Good));
        await servers.AddAsync("unknown", ScriptedServer.StreamingAsync(Good));
        await servers.AddAsync("large", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:small=8000", "fast:same=8000 unknown large=32000");

        var answered = Answered(await groups.ChatAsync("quality"));

        Assert.Equal(("large", "quality->fast"), (answered.By.Provider.Name, answered.Fallback));
        Assert.Equal((1, 0, 0), (servers["small"].Bodies.Count, servers["same"].Bodies.Count, servers["unknown"].Bodies.Count));
        Assert.Equal("closed", groups.Models.Reports()[0].Circuit);
    }

    [Fact]
    public async Task A_prompt_that_fits_nowhere_is_refused()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(400, """{"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}"""));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a=8000 b=4000");
        var asked = 0;

        // Which of the two is asked first is left to chance.
        while (servers["a"].Bodies.Count == 0)
        {
            Assert.True(asked++ < 1000);
            if (await groups.ChatAsync("quality") is RoutedResult.Failed { Failure: var failure })
            {
                Assert.Equal((ErrorCategories.ProviderRejected, ContextOverflow.Type), (failure.Category, failure.Type));
                Assert.Contains("prompt is too long", failure.Message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(asked - 1, servers["b"].Bodies.Count);
    }

    [Fact]
    public async Task A_prompt_that_only_a_failing_model_could_take_is_tried_again()
    {
        await using var servers = new Servers();
        await servers.AddAsync("small", ScriptedServer.AnsweringAsync(400, """{"error":{"code":"context_length_exceeded"}}"""));
        await servers.AddAsync("large", ScriptedServer.AnsweringAsync(500, "{}"));
        using var groups = RoutedGroups.Of(servers, "quality:small=8000", "fast:large=32000");

        Assert.Equal(ErrorCategories.ProvidersExhausted, Failure(await groups.ChatAsync("quality")).Category);
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

    static RoutedResult.Answered Answered(RoutedResult result) => result as RoutedResult.Answered
        ?? throw new InvalidOperationException($"{result}");

    static ProviderFailure Failure(RoutedResult result) => Assert.IsType<RoutedResult.Failed>(result).Failure;

    sealed class Servers : Dictionary<string, ScriptedServer>, IAsyncDisposable
    {
        public async Task AddAsync(string name, Task<ScriptedServer> server) => Add(name, await server);

        public async ValueTask DisposeAsync()
        {
            foreach (var server in Values)
            {
                await server.DisposeAsync();
            }
        }
    }
}
