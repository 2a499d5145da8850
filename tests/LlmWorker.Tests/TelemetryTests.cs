using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.DependencyInjection;

namespace AiPlatform.LlmWorker.Tests;

public sealed class TelemetryTests
{
    static readonly string[] Instruments =
    [
        "gen_ai.client.operation.duration", "gen_ai.client.operation.time_per_output_chunk", "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.token.usage", "aiplatform.provider.errors",
    ];

    static readonly Provider Provider = new("lmstudio", new Uri("http://studio:1234/v1"), "LMSTUDIO_BASE_URL", "sk-1", "LMSTUDIO_API_KEY", "m")
    {
        Limits = ChatLimits.Of(new LlmOptions()),
    };

    [Fact]
    public void An_answer_is_measured_in_time_and_tokens()
    {
        using var meters = Meters();
        var factory = meters.GetRequiredService<IMeterFactory>();
        using var recorder = new MeterRecorder(LlmTelemetry.Name, factory);
        using var telemetry = new LlmTelemetry(factory);

        telemetry.End(null, Provider, Answered());

        Assert.Equal(
            [
                ("gen_ai.client.operation.duration", "s", 2.0),
                ("gen_ai.client.operation.time_per_output_chunk", "s", 0.05),
                ("gen_ai.client.operation.time_to_first_chunk", "s", 0.5),
                ("gen_ai.client.token.usage", "{token}", 9.0),
                ("gen_ai.client.token.usage", "{token}", 20.0),
            ],
            Measured(recorder));
        Assert.Equal(9, recorder.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "input")));
        var tags = Assert.Single(recorder.Of("gen_ai.client.operation.duration")).Tags;
        Assert.Equal(
            ["gen_ai.operation.name=chat", "gen_ai.provider.name=lmstudio", "gen_ai.request.model=m", "gen_ai.response.model=m1", "server.address=studio"],
            tags.Select(tag => $"{tag.Key}={tag.Value}").Order());
    }

    [Fact]
    public void A_failure_is_counted_by_category()
    {
        using var meters = Meters();
        var factory = meters.GetRequiredService<IMeterFactory>();
        using var recorder = new MeterRecorder(LlmTelemetry.Name, factory);
        using var telemetry = new LlmTelemetry(factory);

        telemetry.End(null, Provider, new ChatCallResult.Failed(ProviderFailures.Cut(Provider)) { Answer = new ChatAnswer(null), Duration = TimeSpan.FromSeconds(1) });

        Assert.Equal(1, recorder.Sum("aiplatform.provider.errors", ("provider", "lmstudio"), ("error.category", "provider_error")));
        Assert.Equal(1, recorder.Sum("gen_ai.client.operation.duration", ("error.type", "stream_cut")));
    }

    [Fact]
    public void A_span_says_what_was_asked_and_never_what_was_said()
    {
        using var meters = Meters();
        using var telemetry = new LlmTelemetry(meters.GetRequiredService<IMeterFactory>());
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == LlmTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var request = ChatRequest.TryCreate(JsonElement.Parse("""{"user":"a secret","temperature":0.5,"max_tokens":7}"""), out _)!;

        using var span = telemetry.Start(Provider, request)!;
        telemetry.End(span, Provider, Answered());

        Assert.Equal(("chat m", ActivityKind.Client), (span.OperationName, span.Kind));
        Assert.Equal(
            [
                "gen_ai.operation.name=chat", "gen_ai.provider.name=lmstudio", "gen_ai.request.max_tokens=7", "gen_ai.request.model=m",
                "gen_ai.request.temperature=0.5", "gen_ai.response.finish_reasons=stop", "gen_ai.response.id=c1", "gen_ai.response.model=m1",
                "gen_ai.response.time_to_first_chunk=0.5", "gen_ai.usage.input_tokens=9", "gen_ai.usage.output_tokens=20", "server.address=studio",
                "server.port=1234",
            ],
            span.TagObjects.Select(tag => $"{tag.Key}={(tag.Value is string[] list ? string.Join(',', list) : tag.Value)}").Order());
    }

    static ServiceProvider Meters() => new ServiceCollection().AddMetrics().BuildServiceProvider();

    static ChatCallResult.Answered Answered()
    {
        var answer = new ChatAnswer(null);
        answer.Add(
            JsonSerializer.Deserialize(
                """{"id":"c1","model":"m1","choices":[{"index":0,"delta":{"content":"an answer"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":20}}""",
                ChatJson.Default.ChatChunk)!,
            _ => { });
        return new ChatCallResult.Answered
        {
            Answer = answer,
            Duration = TimeSpan.FromSeconds(2),
            TimeToFirstToken = TimeSpan.FromSeconds(0.5),
            TimePerChunk = TimeSpan.FromSeconds(0.05),
        };
    }

    static IEnumerable<(string, string, double)> Measured(MeterRecorder recorder) => Instruments
        .SelectMany(recorder.Of).Select(measurement => (measurement.Instrument, measurement.Unit!, measurement.Value)).Order();
}
