using System.Diagnostics.Metrics;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Calls to servers, with the worker's own client.</summary>
sealed class Call : IDisposable
{
    readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    readonly TranscriptionTelemetry telemetry;

    public Call(TranscriptionOptions options, TimeProvider? time = null)
    {
        telemetry = new TranscriptionTelemetry(services.GetRequiredService<IMeterFactory>());
        Providers = new ConfiguredProviders(Options.Create(options), telemetry, time ?? TimeProvider.System);
    }

    public ConfiguredProviders Providers { get; }

    public static TranscriptionOptions Voxtral(Uri server) => new() { VoxtralBaseUrl = server };

    public static ClipRequest Clip(
        string? language = null, string? prompt = null, double? temperature = null, bool diarize = false, int? speakers = null, double seconds = 3.7) =>
        new("job-1", Wav.Call, seconds, language, prompt, temperature, diarize, speakers);

    public static Task<ClipResult> ToAsync(Uri server, ClipRequest? clip = null, CancellationToken? ct = null) => WithAsync(Voxtral(server), clip, ct);

    public static async Task<ClipResult> WithAsync(TranscriptionOptions options, ClipRequest? clip = null, CancellationToken? ct = null)
    {
        using var call = new Call(options);
        return await call.AskAsync(clip, ct);
    }

    /// <summary>Asks the first provider.</summary>
    public Task<ClipResult> AskAsync(ClipRequest? clip = null, CancellationToken? ct = null) =>
        Providers.For(null, null)[0].TranscribeAsync(clip ?? Clip(), ct ?? TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Providers.Dispose();
        telemetry.Dispose();
        services.Dispose();
    }
}

static class ClipResults
{
    public static ClipTranscript Answer(this ClipResult result) => result is ClipResult.Answered answered
        ? answered.Transcript
        : throw new InvalidOperationException($"No answer: {result}");

    public static ProviderFailure Failure(this ClipResult result) => Assert.IsType<ClipResult.Failed>(result).Failure;
}
