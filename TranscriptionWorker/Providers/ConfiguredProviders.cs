using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The providers that the settings name, and which of them runs which profile.</summary>
sealed class ConfiguredProviders : IDisposable
{
    public const string VoxtralProfile = "voxtral-small";
    public const string WhisperXProfile = "whisperx";

    readonly ProviderConnection? voxtral;
    readonly ProviderConnection? whisperX;

    public ConfiguredProviders(IOptions<TranscriptionOptions> options)
    {
        voxtral = Connect(ProviderChoice.Voxtral(options.Value), options.Value);
        whisperX = Connect(ProviderChoice.WhisperX(options.Value), options.Value);
        All = [.. new[] { voxtral, whisperX }.OfType<ProviderConnection>()];
    }

    public IReadOnlyList<ProviderConnection> All { get; }

    /// <summary>Jobs for Voxtral are taken without Voxtral too: they are told what is missing instead of waiting for ever.</summary>
    public IReadOnlyList<string> Profiles =>
        whisperX is null ? [CreateJob.DefaultProfile, VoxtralProfile] : [CreateJob.DefaultProfile, VoxtralProfile, WhisperXProfile];

    /// <returns>Null where the profile's provider is not configured.</returns>
    public ProviderConnection? For(string profile) => profile switch
    {
        VoxtralProfile => voxtral,
        WhisperXProfile => whisperX,
        _ => voxtral ?? whisperX,
    };

    public IReadOnlyList<ProviderReport> Reports() => All.Count > 0
        ? [.. All.Select(connection => connection.State.Report())]
        : [new ProviderReport { Name = ProviderChoice.VoxtralName, Configured = false, Circuit = "closed" }];

    public void Dispose()
    {
        voxtral?.Dispose();
        whisperX?.Dispose();
    }

    static ProviderConnection? Connect(Provider? provider, TranscriptionOptions options) =>
        provider is null ? null : new ProviderConnection(provider, options.ConnectTimeout);
}
