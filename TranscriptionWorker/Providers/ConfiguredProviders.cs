using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The providers that the settings name, and which of them runs which profile.</summary>
sealed class ConfiguredProviders : IDisposable
{
    public const string VoxtralProfile = "voxtral-small";
    public const string WhisperXProfile = "whisperx";

    readonly TranscriptionConnection? voxtral;
    readonly TranscriptionConnection? whisperX;

    public ConfiguredProviders(IOptions<TranscriptionOptions> options)
    {
        voxtral = Connect(ProviderChoice.Voxtral(options.Value), options.Value);
        whisperX = Connect(ProviderChoice.WhisperX(options.Value), options.Value);
        IReadOnlyList<ProviderConnection> connections = [.. new[] { voxtral, whisperX }.OfType<TranscriptionConnection>()];
        All = new ProviderSet("transcription", ProviderChoice.VoxtralName, "VOXTRAL_BASE_URL or WHISPERX_URL", () => connections);
    }

    public ProviderSet All { get; }

    /// <summary>Jobs for Voxtral are taken without Voxtral too: they are told what is missing instead of waiting for ever.</summary>
    public IReadOnlyList<string> Profiles =>
        whisperX is null ? [CreateJob.DefaultProfile, VoxtralProfile] : [CreateJob.DefaultProfile, VoxtralProfile, WhisperXProfile];

    /// <returns>Null where the profile's provider is not configured.</returns>
    public TranscriptionConnection? For(string profile) => profile switch
    {
        VoxtralProfile => voxtral,
        WhisperXProfile => whisperX,
        _ => voxtral ?? whisperX,
    };

    public void Dispose()
    {
        voxtral?.Dispose();
        whisperX?.Dispose();
    }

    static TranscriptionConnection? Connect(Provider? provider, TranscriptionOptions options) =>
        provider is null ? null : new TranscriptionConnection(provider, options.ConnectTimeout);
}
