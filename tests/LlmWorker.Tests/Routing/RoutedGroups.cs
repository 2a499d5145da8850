using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>A worker's models and its router, without the queue.</summary>
sealed class RoutedGroups : IDisposable
{
    readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    readonly ConfigFile file;
    readonly LlmTelemetry telemetry;
    readonly ModelDirectory models;
    readonly ChatRouter router;
    readonly AdmissionRules rules;
    readonly TimeProvider time;

    public RoutedGroups(string config, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        this.time = time;
        file = new ConfigFile(config);
        telemetry = new LlmTelemetry(Meters);
        var options = Microsoft.Extensions.Options.Options.Create(new LlmOptions { ConfigFile = file.Path });
        rules = new AdmissionRules(options, Microsoft.Extensions.Options.Options.Create(new WorkerOptions { Slots = 64 }));
        models = new ModelDirectory(options, rules, Signal, time);
        router = new ChatRouter(telemetry, Signal, time, NullLogger<ChatRouter>.Instance);
    }

    public IMeterFactory Meters => services.GetRequiredService<IMeterFactory>();

    public ModelDirectory Models => models;

    public AdmissionSignal Signal { get; } = new();

    public ChatRouter Router => router;

    public GaugeReader Gauges => new(models, rules, Signal, telemetry, time);

    public LlmTelemetry Telemetry => telemetry;

    /// <summary>In a time that stands still, so that what rests goes on resting: each server a provider of its own, in groups of their names: <c>"quality: a b"</c>, and each group falls back to the next.</summary>
    public static RoutedGroups Of(IReadOnlyDictionary<string, ScriptedServer> servers, params string[] groups)
    {
        var config = new StringBuilder("{\"providers\":{");
        config.AppendJoin(',', servers.Select(server => $"\"{server.Key}\":{{\"base_url\":\"{server.Value.Address}\",\"model\":\"{server.Key}\"}}"));
        config.Append("},\"groups\":{");
        var names = groups.Select(group => group.Split(':')[0]).ToArray();
        config.AppendJoin(',', groups.Select(group => $"\"{group.Split(':')[0]}\":{{\"deployments\":[{Deployments(group.Split(':')[1])}]}}"));
        config.Append("},\"fallbacks\":{");
        config.AppendJoin(',', names.Zip(names.Skip(1), (from, to) => $"\"{from}\":[\"{to}\"]"));
        return new RoutedGroups(config.Append("}}").ToString(), new ManualTimeProvider());

        // "a=8000" has a context of 8000 tokens.
        static string Deployments(string list) => string.Join(',', list.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Split('=') is [var name, var context]
            ? $"{{\"provider\":\"{name}\",\"max_context_tokens\":{context}}}"
            : $"{{\"provider\":\"{item}\"}}"));
    }

    public Task<RoutedResult> ChatAsync(
        string profile, string input = Call.Hello, Action<string>? onText = null, CancellationToken? ct = null, JobPriority priority = JobPriority.Normal,
        Place? place = null) =>
        ChatAsync(profile, new AnswerOutlet(piece => onText?.Invoke(piece.Text)), input, ct, priority, place);

    public async Task<RoutedResult> ChatAsync(
        string profile, AnswerOutlet outlet, string input = Call.Hello, CancellationToken? ct = null, JobPriority priority = JobPriority.Normal, Place? place = null)
    {
        var request = ChatRequest.TryCreate(JsonElement.Parse(input), out _)!;
        using var hold = models.Enter();
        return await router.ChatAsync(
            hold.ChainOf(profile, request.MayFallBack), request, new ChatCaller("request-1", priority, place), outlet, ct ?? TestContext.Current.CancellationToken);
    }

    public void Load(string config)
    {
        var reading = ModelConfigFile.Parse(Encoding.UTF8.GetBytes(config), new LlmOptions(), _ => null);
        Assert.Empty(reading.Errors);
        models.Load(reading.Config!);
    }

    public void Dispose()
    {
        models.Dispose();
        telemetry.Dispose();
        services.Dispose();
        file.Dispose();
    }
}
