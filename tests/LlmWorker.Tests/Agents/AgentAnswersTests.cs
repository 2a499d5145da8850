using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Agents;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace AiPlatform.LlmWorker.Tests.Agents;

/// <summary>Who answers a message to an agent, and when nobody does.</summary>
public sealed class AgentAnswersTests
{
    const string Sorry = "Sorry, later.";
    static readonly string Good = Sse.Text("We open at 8.") + Sse.Finish() + Sse.Usage(9, 5);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_model_answers_and_is_told_the_rules()
    {
        await using var server = await ScriptedServer.StreamingAsync(Good);
        using var groups = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = server }, "fast: a");

        var result = await AnswerAsync(groups, "fast");

        Assert.Equal(
            """{"message_id":"m1","response":"We open at 8.","tenant_id":"t","fallback":false,"model":"m1","provider":"a","model_group":"fast","usage":{"prompt_tokens":9,"completion_tokens":5}}""",
            JsonSerializer.Serialize(result with { DurationMs = null }, ContractsJson.Default.AgentResult));
        var messages = JsonElement.Parse(Assert.Single(server.Bodies)).GetProperty("messages");
        Assert.Equal(["system", "user"], messages.EnumerateArray().Select(message => message.GetProperty("role").GetString()));
        Assert.EndsWith(AgentPrompt.Transparency, messages[0].GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "provider_error")]
    [InlineData(503, "provider_error")]
    [InlineData(429, "provider_error")]
    [InlineData(408, "provider_timeout")]
    [InlineData(400, "input_rejected")]
    [InlineData(401, "provider_rejected")]
    public async Task A_failure_of_the_only_model_is_answered_politely(int status, string category)
    {
        await using var server = await ScriptedServer.AnsweringAsync(status, "{}");
        using var groups = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = server }, "fast: a");
        using var recorder = new MeterRecorder(LlmTelemetry.Name, groups.Meters);

        await IsFallbackAsync(groups, category);

        Assert.Single(server.Bodies);
        Assert.Equal(1, recorder.Sum("aiplatform.agent.fallbacks", ("error.category", category)));
    }

    [Theory]
    [InlineData("""{"content":"We op"}""", null)]
    [InlineData("""{"content":"  \n"}""", "stop")]
    [InlineData("""{"reasoning":"Hm"}""", "length")]
    [InlineData("""{"tool_calls":[null]}""", "stop")]
    [InlineData("""{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}""", "tool_calls")]
    public async Task An_answer_that_breaks_off_or_says_nothing_is_asked_of_the_next_model(string delta, string? finish)
    {
        await using var bad = await ScriptedServer.StreamingAsync(Sse.Delta(delta) + (finish is null ? "" : Sse.Finish(finish)));
        await using var good = await ScriptedServer.StreamingAsync(Good);
        using var two = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = bad, ["b"] = good }, "quality: a", "fast: b");
        using var one = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = bad }, "quality: a");

        var result = await AnswerAsync(two, "quality");

        Assert.Equal(("We open at 8.", "fast", false), (result.Response, result.ModelGroup, result.Fallback));
        await IsFallbackAsync(one, ErrorCategories.ProviderError, "quality");
    }

    [Fact]
    public async Task Where_all_of_several_fail_the_fallback_says_that_they_are_exhausted()
    {
        await using var server = await ScriptedServer.AnsweringAsync(500, "{}");
        using var groups = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = server, ["b"] = server }, "quality: a", "fast: b");

        await IsFallbackAsync(groups, ErrorCategories.ProvidersExhausted, "quality");

        Assert.Equal(2, server.Bodies.Count);
    }

    [Fact]
    public async Task A_model_that_rests_is_not_waited_for()
    {
        await using var server = await ScriptedServer.AnsweringAsync(429, "{}", headers: ("Retry-After", "60"));
        using var groups = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = server, ["b"] = server }, "fast: a b");
        await IsFallbackAsync(groups, ErrorCategories.ProvidersExhausted);

        await IsFallbackAsync(groups, ErrorCategories.ProvidersExhausted);

        Assert.Equal(2, server.Bodies.Count);
    }

    [Fact]
    public async Task A_group_that_nobody_knows_is_no_provider()
    {
        await using var server = await ScriptedServer.StreamingAsync(Good);
        using var groups = RoutedGroups.Of(new Dictionary<string, ScriptedServer> { ["a"] = server }, "fast: a");

        await IsFallbackAsync(groups, ErrorCategories.ProviderUnconfigured, "slow");

        Assert.Empty(server.Bodies);
    }

    [Fact]
    public async Task Silence_is_ended_by_the_time_for_an_answer()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("We"), ScriptedServer.SilenceAsync);
        var time = new ManualTimeProvider();
        using var groups = new RoutedGroups(Config(server), time);

        var answer = AnswerAsync(groups, "fast", time: time);
        // The limit was set before the model was asked.
        await Eventually.That(() => Assert.Single(server.Bodies), Ct);
        time.Advance(TimeSpan.FromSeconds(120));

        Assert.Equal((Sorry, true, ErrorCategories.ProviderTimeout), ((await answer).Response, (await answer).Fallback, (await answer).ErrorCategory));
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_cancellation_is_no_failure_of_the_models()
    {
        await using var server = await ScriptedServer.BeginningAsync(Sse.Text("We"), ScriptedServer.SilenceAsync);
        using var groups = new RoutedGroups(Config(server));
        using var recorder = new MeterRecorder(LlmTelemetry.Name, groups.Meters);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var answer = AnswerAsync(groups, "fast", ct: cancel.Token);
        await Eventually.That(() => Assert.Single(server.Bodies), Ct);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AnswerAsync(groups, "unknown", ct: cancel.Token));
        Assert.Empty(recorder.Of("aiplatform.agent.fallbacks"));
        Assert.Empty(recorder.Of("aiplatform.provider.errors"));
    }

    static string Config(ScriptedServer server) => $$$"""
        {"providers":{"a":{"base_url":"{{{server.Address}}}","first_token_timeout":"1h","idle_timeout":"1h","timeout":"1h"}},"groups":{"fast":{"deployments":[{"provider":"a"}]} } }
        """;

    static async Task IsFallbackAsync(RoutedGroups groups, string category, string group = "fast")
    {
        var result = await AnswerAsync(groups, group);
        Assert.Equal(
            new AgentResult { MessageId = "m1", Response = Sorry, TenantId = "t", Fallback = true, ErrorCategory = category }, result);
    }

    static async Task<AgentResult> AnswerAsync(RoutedGroups groups, string group, TimeProvider? time = null, CancellationToken? ct = null)
    {
        var options = Microsoft.Extensions.Options.Options.Create(new AgentOptions { FallbackText = Sorry });
        var answers = new AgentAnswers(groups.Router, groups.Telemetry, options, time ?? TimeProvider.System, NullLogger<AgentAnswers>.Instance);
        using var hold = groups.Models.Enter();
        return (await answers.AnswerAsync(
            new AgentInput(new AgentMessage("m1", "t", "When do you open?"), new AgentPersona("Anna", null, null, null, null), []),
            hold.ChainOf(group, mayFallBack: true), group, new ChatCaller("request-1", JobPriority.Normal, null), ct ?? Ct))!;
    }
}
