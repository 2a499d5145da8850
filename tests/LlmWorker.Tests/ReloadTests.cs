using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>A configuration file that changes while the worker runs.</summary>
public sealed class ReloadTests(Stores stores)
{
    static readonly string Good = Sse.Text("Hi") + Sse.Finish() + Sse.Done;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_changed_file_holds_for_new_jobs_and_those_that_run_end_where_they_began()
    {
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var old = await ScriptedServer.BeginningAsync(Sse.Text("old"), async context =>
        {
            await finish.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(Sse.Finish() + Sse.Done, context.RequestAborted);
        });
        await using var @new = await ScriptedServer.StreamingAsync(Good);
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config("old", old));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("LLM_CONFIG_RELOAD", "100ms"));
        var running = await caller.SubmitAsync();
        // The other requests are probes.
        await Eventually.That(() => Assert.Contains("/v1/chat/completions", old.Paths.ToArray()), Ct);

        file.Write(Config("new", @new));
        await Eventually.That(async () => Assert.Equal(["new"], (await worker.StatusAsync()).Providers.Select(provider => provider.Name)), Ct);
        Assert.Equal("new", (await caller.FinalAsync(await caller.SubmitAsync())).ChatResult().Provider);
        finish.SetResult();

        var ended = await caller.FinalAsync(running);
        Assert.Equal(("old", "old", 1), (ended.ChatResult().Content, ended.ChatResult().Provider, ended.Attempt));
    }

    [Fact]
    public async Task A_bad_file_changes_nothing_and_says_why_until_it_is_good_again()
    {
        await using var server = await ScriptedServer.StreamingAsync(Good);
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config("gpu", server));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("LLM_CONFIG_RELOAD", "100ms"));

        file.Write("""{"providers":{"gpu":{"base_url":"gpu:8000"}}}""");
        const string problem = "providers.gpu.base_url is 'gpu:8000': an absolute http or https address is expected.";
        await Eventually.That(async () => Assert.Equal(problem, (await worker.StatusAsync()).ConfigurationProblem), Ct);
        await Eventually.That(
            () => Assert.Contains($"The configuration {file.Path} was changed, but the one before still holds: {problem}", worker.Output, StringComparison.Ordinal), Ct);
        Assert.Equal("gpu", (await caller.FinalAsync(await caller.SubmitAsync())).ChatResult().Provider);

        file.Write(Config("other", server));
        await Eventually.That(
            async () =>
            {
                var status = await worker.StatusAsync();
                Assert.Equal(("other", null), (Assert.Single(status.Providers).Name, status.ConfigurationProblem));
            },
            Ct);
    }

    [Fact]
    public async Task Jobs_of_a_profile_that_is_gone_wait_for_it_with_their_attempts_unspent()
    {
        await using var server = await ScriptedServer.StreamingAsync(Good);
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config("gpu", server, """{"g":"all"}"""));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path), ("LLM_CONFIG_RELOAD", "100ms"));
        await Eventually.That(async () => Assert.Equal(["default", "all", "g"], (await worker.StatusAsync()).ModelProfiles), Ct);

        file.Write(Config("gpu", server));
        await Eventually.That(async () => Assert.Equal(["default", "all"], (await worker.StatusAsync()).ModelProfiles), Ct);
        var id = await caller.SubmitAsync(profile: "g", attempts: 1);
        // A claim that began before the change may still take it, and gives it back.
        await caller.FinalAsync(await caller.SubmitAsync());
        await Eventually.That(async () => Assert.Equal(JobStatus.Pending, (await caller.Queue.GetAsync(JobScope.All, id, Ct))!.Status), Ct);

        file.Write(Config("gpu", server, """{"g":"all"}"""));
        await Eventually.That(async () => Assert.Equal(["default", "all", "g"], (await worker.StatusAsync()).ModelProfiles), Ct);
        // The claim after this one asks for it.
        await caller.FinalAsync(await caller.SubmitAsync());
        Assert.Equal(("gpu", 1), (await caller.FinalAsync(id)).ChatResult() is var result ? (result.Provider, result.Attempts) : default);
    }

    [Fact]
    public async Task What_was_refused_is_tried_again_after_a_change_and_what_was_seen_of_the_rest_is_kept()
    {
        var refuses = true;
        await using var a = await ScriptedServer.StartAsync(context => refuses
            ? Refuse(context)
            : Answer(context));
        await using var b = await ScriptedServer.StreamingAsync(Good);
        using var groups = new RoutedGroups(Two(a, b, 1));
        Assert.Equal("quality->fast", Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("quality")).Fallback);
        Assert.Equal("open", Circuit("a"));
        var pace = Measured("b");
        Assert.NotNull(pace);

        refuses = false;
        groups.Load(Two(a, b, 2));

        Assert.Equal("closed", Circuit("a"));
        Assert.Equal(pace, Measured("b"));
        Assert.Null(Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("quality")).Fallback);

        string Circuit(string provider) => groups.Models.Reports().Single(report => report.Name == provider).Circuit;

        double? Measured(string provider) => Assert.Single(groups.Models.Reports().Single(report => report.Name == provider).Deployments!).TimeToFirstTokenMs;

        static Task Answer(HttpContext context)
        {
            context.Response.ContentType = "text/event-stream";
            return context.Response.WriteAsync(Good, context.RequestAborted);
        }

        static Task Refuse(HttpContext context)
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_deployment_with_other_settings_keeps_its_calls_and_its_rest()
    {
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await ScriptedServer.BeginningAsync(Sse.Text("Hi"), async context =>
        {
            await finish.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(Sse.Finish() + Sse.Done, context.RequestAborted);
        });
        await using var b = await ScriptedServer.StreamingAsync(Good);
        using var groups = new RoutedGroups(Two(a, b, 1), new ManualTimeProvider());
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var chat = groups.ChatAsync("quality", onText: _ => began.TrySetResult());
        await began.Task.WaitAsync(Ct);
        DeploymentA().Breaker.Rest(TimeSpan.FromMinutes(1));

        groups.Load(Two(a, b, 2));

        Assert.Equal((1, 2, TimeSpan.FromMinutes(1)), (DeploymentA().Places.InFlight, DeploymentA().Places.Limit, DeploymentA().Breaker.Left));
        finish.SetResult();
        Assert.IsType<RoutedResult.Answered>(await chat);
        Assert.Equal(0, DeploymentA().Places.InFlight);

        Deployment DeploymentA() => groups.Models.Deployments.Single(deployment => deployment.Provider.Name == "a");
    }

    static string Two(ScriptedServer a, ScriptedServer b, int concurrencyOfA) => $$"""
        {
          "providers": { "a": { "base_url": "{{a.Address}}" }, "b": { "base_url": "{{b.Address}}" } },
          "groups": {
            "quality": { "deployments": [{ "provider": "a", "concurrency": {{concurrencyOfA}} }] },
            "fast": { "deployments": [{ "provider": "b" }] }
          },
          "fallbacks": { "quality": ["fast"] }
        }
        """;

    static string Config(string name, ScriptedServer server, string profiles = "{}") => $$"""
        {
          "providers": { "{{name}}": { "base_url": "{{server.Address}}" } },
          "groups": { "all": { "deployments": [{ "provider": "{{name}}" }] } },
          "profiles": {{profiles}}
        }
        """;
}
