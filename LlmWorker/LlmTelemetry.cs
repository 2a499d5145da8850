using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using AiPlatform.Jobs;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker;

/// <summary>Spans and metrics of calls to providers, by the names of OpenTelemetry's GenAI conventions. Never what was said.</summary>
sealed partial class LlmTelemetry : IDisposable
{
    public const string Name = "AiPlatform.LlmWorker";

    const string Chat = "chat";

    // The buckets that the conventions advise.
    static readonly double[] Seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
    static readonly long[] Tokens = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

    /// <summary>Whole ones are sent as integers, the others never: a type belongs to an attribute.</summary>
    static readonly (string Field, string Attribute, bool IsWhole)[] RequestNumbers =
    [
        ("max_tokens", "gen_ai.request.max_tokens", true),
        ("max_completion_tokens", "gen_ai.request.max_tokens", true),
        ("temperature", "gen_ai.request.temperature", false),
        ("top_p", "gen_ai.request.top_p", false),
        ("top_k", "gen_ai.request.top_k", true),
        ("seed", "gen_ai.request.seed", true),
        ("frequency_penalty", "gen_ai.request.frequency_penalty", false),
        ("presence_penalty", "gen_ai.request.presence_penalty", false),
        ("n", "gen_ai.request.choice.count", true),
    ];

    readonly ActivitySource source = new(Name);
    readonly TagWords answeringModels = new();
    readonly Histogram<double> duration;
    readonly Histogram<double> toFirstChunk;
    readonly Histogram<double> perChunk;
    readonly Histogram<long> tokenUsage;
    readonly Counter<long> errors;
    readonly Counter<long> rests;
    readonly Counter<long> fallbacks;
    readonly Counter<long> agentFallbacks;

    readonly Meter meter;

    public LlmTelemetry(IMeterFactory meters)
    {
        meter = meters.Create(Name);
        var seconds = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        duration = meter.CreateHistogram(
            "gen_ai.client.operation.duration", "s", "From the request to the last byte of the answer.", advice: seconds);
        toFirstChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_to_first_chunk", "s", "From the request to the first thing the model said.", advice: seconds);
        perChunk = meter.CreateHistogram(
            "gen_ai.client.operation.time_per_output_chunk", "s",
            "Mean time between two chunks of an answer; most servers send one token a chunk.", advice: seconds);
        tokenUsage = meter.CreateHistogram(
            "gen_ai.client.token.usage", "{token}", "Tokens of a request, as the server counted them.",
            advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = Tokens });
        errors = meter.CreateCounter<long>("aiplatform.provider.errors", "{error}", "Calls to a provider that failed.");
        rests = meter.CreateCounter<long>("aiplatform.provider.rests", "{rest}", "Times that a model was left alone for a while because calls to it failed.");
        fallbacks = meter.CreateCounter<long>("aiplatform.provider.fallbacks", "{job}", "Jobs answered by another group than the one they were for.");
        agentFallbacks = meter.CreateCounter<long>("aiplatform.agent.fallbacks", "{message}", "Messages to agents that got the fallback text.");
    }

    /// <summary>Shows how many calls each deployment may have, and has.</summary>
    /// <param name="deployments">As they are now.</param>
    public void Observe(Func<IReadOnlyList<Deployment>> deployments)
    {
        meter.CreateObservableGauge(
            "aiplatform.provider.limit", () => Measured(deployments(), deployment => deployment.Places.Limit), "{call}",
            "Calls that may be under way at a deployment, from this worker; not told where LLM_ADMISSION is false.");
        meter.CreateObservableGauge(
            "aiplatform.provider.inflight", () => Measured(deployments(), deployment => deployment.Places.InFlight), "{call}",
            "Calls under way at a deployment, from this worker.");
    }

    public Activity? Start(Provider provider, ChatRequest request) => Start(provider, Chat, request.Input);

    Activity? Start(Provider provider, string operation, JsonElement input)
    {
        var span = source.StartActivity($"{operation} {provider.Model}", ActivityKind.Client);
        if (span is not { IsAllDataRequested: true })
        {
            return span;
        }
        span.SetTag("gen_ai.operation.name", operation)
            .SetTag("gen_ai.provider.name", provider.Name)
            .SetTag("gen_ai.request.model", provider.Model)
            .SetTag("server.address", provider.BaseAddress.Host)
            .SetTag("server.port", provider.BaseAddress.Port);
        foreach (var (field, attribute, isWhole) in RequestNumbers)
        {
            if (ChatInput.Given(input, field) is { ValueKind: JsonValueKind.Number } number)
            {
                span.SetTag(attribute, isWhole && number.TryGetInt64(out var whole) ? (object)whole : number.GetDouble());
            }
        }
        return span;
    }

    public void End(Activity? span, Provider provider, ChatCallResult result)
    {
        var answer = result.Answer;
        var failure = (result as ChatCallResult.Failed)?.Failure;
        var tags = Tags(provider, Chat, answer.Model);
        Record(toFirstChunk, result.TimeToFirstToken, tags);
        Record(perChunk, result.TimePerChunk, tags);
        RecordTokens("input", ChatUsage.Count(answer.Usage, ChatUsage.Prompt), tags);
        RecordTokens("output", ChatUsage.Count(answer.Usage, ChatUsage.Completion), tags);
        if (failure is not null)
        {
            errors.Add(1, new("provider", provider.Name), new("error.category", failure.Category));
            tags.Add("error.type", failure.Type);
        }
        else if (result is ChatCallResult.Stopped)
        {
            // No error of the server, and what it has said is paid for all the same.
            tags.Add("error.type", "cancelled");
        }
        Record(duration, result.Duration, tags);
        Describe(span, result, answer, failure);
    }

    public void Rested(Provider provider, ProviderFailure failure) =>
        rests.Add(1, new("provider", provider.Name), new("gen_ai.request.model", provider.Model), new("error.type", failure.Type));

    public void FellBack(string from, string to) => fallbacks.Add(1, new("from", from), new KeyValuePair<string, object?>("to", to));

    public void AgentFellBack(ProviderFailure failure) =>
        agentFallbacks.Add(1, new KeyValuePair<string, object?>("error.category", failure.Error.Category));

    public void Dispose() => source.Dispose();

    TagList Tags(Provider provider, string operation, string? answeredBy)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", operation },
            { "gen_ai.provider.name", provider.Name },
            { "gen_ai.request.model", provider.Model },
            { "server.address", provider.BaseAddress.Host },
        };
        if (answeredBy is not null)
        {
            tags.Add("gen_ai.response.model", answeringModels.Of(answeredBy));
        }
        return tags;
    }

    static IEnumerable<Measurement<int>> Measured(IReadOnlyList<Deployment> deployments, Func<Deployment, int?> value) => deployments
        .Where(deployment => value(deployment) is not null)
        .Select(deployment => new Measurement<int>(
            value(deployment) ?? 0,
            new("provider", deployment.Provider.Name),
            new("gen_ai.request.model", deployment.Provider.Model),
            new KeyValuePair<string, object?>("gen_ai.operation.name", deployment.Operation == Operation.Embedding ? Embedding : Chat)));

    static void Describe(Activity? span, ChatCallResult result, ChatAnswer answer, ProviderFailure? failure)
    {
        if (span is not { IsAllDataRequested: true })
        {
            return;
        }
        span.SetTag("gen_ai.response.time_to_first_chunk", result.TimeToFirstToken?.TotalSeconds)
            .SetTag("gen_ai.response.id", answer.Id)
            .SetTag("gen_ai.response.model", answer.Model)
            .SetTag("gen_ai.response.finish_reasons", answer.FinishReason is { } reason ? new[] { reason } : null)
            .SetTag("gen_ai.usage.input_tokens", ChatUsage.Count(answer.Usage, ChatUsage.Prompt))
            .SetTag("gen_ai.usage.output_tokens", ChatUsage.Count(answer.Usage, ChatUsage.Completion))
            .SetTag("gen_ai.usage.cache_read.input_tokens", ChatUsage.Detail(answer.Usage, "prompt_tokens_details", "cached_tokens"))
            .SetTag("gen_ai.usage.reasoning.output_tokens", ChatUsage.Detail(answer.Usage, "completion_tokens_details", "reasoning_tokens"));
        if (result is ChatCallResult.Stopped)
        {
            span.SetTag("error.type", "cancelled");
        }
        if (failure is not null)
        {
            span.SetTag("error.type", failure.Type).SetStatus(ActivityStatusCode.Error, failure.Category);
        }
    }

    static void Record(Histogram<double> histogram, TimeSpan? value, in TagList tags)
    {
        if (value is { } time)
        {
            histogram.Record(time.TotalSeconds, tags);
        }
    }

    void RecordTokens(string type, long? count, TagList tags)
    {
        if (count is { } tokens)
        {
            tags.Add("gen_ai.token.type", type);
            tokenUsage.Record(tokens, tags);
        }
    }
}
