using System.Net;
using AiPlatform.ServiceDefaults.Egress;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker;

static class TranscriptionServices
{
    /// <summary>Adds the providers that <see cref="TranscriptionOptions"/> names, their probe, the fetching of audio and the telemetry.</summary>
    public static IHostApplicationBuilder AddTranscription(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<HostResolver>(Dns.GetHostAddressesAsync);
        builder.Services.AddSingleton<AudioFetcher>();
        builder.Services.AddSingleton<AudioSource>();
        builder.Services.AddSingleton<ConfiguredProviders>();
        builder.Services.AddSingleton<TranscriptionTelemetry>();
        return builder.AddProviders("transcription_provider", services => services.GetRequiredService<ConfiguredProviders>().All);
    }
}
