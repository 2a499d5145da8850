using System.Net;
using AiPlatform.ServiceDefaults.Egress;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Audio.Decoding;
using AiPlatform.TranscriptionWorker.Audio.Temp;
using AiPlatform.TranscriptionWorker.Pipeline;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker;

static class TranscriptionServices
{
    /// <summary>Adds the providers that <see cref="TranscriptionOptions"/> names, their probe, the fetching of audio and the telemetry.</summary>
    public static IHostApplicationBuilder AddTranscription(this IHostApplicationBuilder builder)
    {
        builder.Services.AddAudio().AddPipeline();
        builder.Services.AddSingleton<ConfiguredProviders>();
        builder.Services.AddSingleton<TranscriptionTelemetry>();
        return builder.AddProviders("transcription_provider", services => services.GetRequiredService<ConfiguredProviders>().All);
    }

    /// <summary>Adds what transcribes the chunks of prepared audio.</summary>
    public static IServiceCollection AddPipeline(this IServiceCollection services) => services
        .AddSingleton<CallGate>()
        .AddSingleton<ChunkTranscriber>()
        .AddSingleton<TranscriptionRun>();

    /// <summary>Adds what gets a job's audio and prepares it. Needs the file store that <c>AddJobs</c> registers.</summary>
    public static IServiceCollection AddAudio(this IServiceCollection services) => services
        .AddSingleton<HostResolver>(Dns.GetHostAddressesAsync)
        .AddSingleton<AudioTempFolder>()
        .AddHostedService<OrphanSweep>()
        .AddSingleton<AudioFetcher>()
        .AddSingleton<StoredAudio>()
        .AddSingleton<AudioSpool>()
        .AddSingleton<AudioSource>()
        .AddSingleton<Ffmpeg>()
        .AddSingleton<AudioOpener>()
        .AddSingleton<AudioDecoder>()
        .AddSingleton<AudioPreparation>();
}
