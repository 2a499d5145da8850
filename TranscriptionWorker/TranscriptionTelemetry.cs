using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiPlatform.TranscriptionWorker.Providers;

namespace AiPlatform.TranscriptionWorker;

/// <summary>Spans and metrics of transcriptions. Never the audio, nor what was said in it.</summary>
sealed class TranscriptionTelemetry : IDisposable
{
    public const string Name = "AiPlatform.TranscriptionWorker";

    // From a word to a long meeting.
    static readonly double[] AudioSeconds = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400];

    // The buckets that OpenTelemetry's GenAI conventions advise.
    static readonly double[] CallSeconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    readonly ActivitySource source = new(Name);
    readonly Histogram<double> audio;
    readonly Histogram<double> duration;
    readonly Counter<long> errors;
    readonly Counter<long> wantsOfRoom;

    public TranscriptionTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        audio = meter.CreateHistogram(
            "aiplatform.transcription.audio.duration", "s", "Length of the audio sent to a provider, once for each call.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = AudioSeconds });
        duration = meter.CreateHistogram(
            "gen_ai.client.operation.duration", "s", "From the request to the last byte of the answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = CallSeconds });
        errors = meter.CreateCounter<long>("aiplatform.provider.errors", "{error}", "Calls to a provider that failed.");
        wantsOfRoom = meter.CreateCounter<long>(
            "aiplatform.transcription.audio.no_room", "{job}", "Jobs that were given back because their audio found no room in the worker's temp folder.");
    }

    /// <summary>Counts a job that was given back because its audio found no room.</summary>
    public void FoundNoRoom() => wantsOfRoom.Add(1);

    /// <summary>Begins the span of a call, and counts the audio it sends.</summary>
    /// <param name="seconds">Of audio.</param>
    public Activity? Start(Provider provider, double seconds)
    {
        audio.Record(seconds, new KeyValuePair<string, object?>("provider", provider.Name));
        return source.StartActivity($"transcription {provider.Model ?? provider.Name}", ActivityKind.Client)?
            .SetTag("gen_ai.operation.name", "transcription")
            .SetTag("gen_ai.provider.name", provider.Name)
            .SetTag("gen_ai.request.model", provider.Model)
            .SetTag("server.address", provider.BaseAddress.Host)
            .SetTag("server.port", provider.BaseAddress.Port)
            .SetTag("aiplatform.transcription.audio.duration", seconds);
    }

    /// <summary>Ends the span of a call and records how it went.</summary>
    public void End(Activity? span, Provider provider, ClipResult result)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", "transcription" },
            { "gen_ai.provider.name", provider.Name },
            { "server.address", provider.BaseAddress.Host },
        };
        if (provider.Model is { } model)
        {
            tags.Add("gen_ai.request.model", model);
        }
        if (result is ClipResult.Failed { Failure: var failure })
        {
            errors.Add(1, new("provider", provider.Name), new("error.category", failure.Category));
            tags.Add("error.type", failure.Type);
            span?.SetTag("error.type", failure.Type).SetStatus(ActivityStatusCode.Error, failure.Category);
        }
        duration.Record(result.Duration.TotalSeconds, tags);
    }

    public void Dispose() => source.Dispose();
}
