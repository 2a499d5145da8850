using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>The providers that the settings name, and which of them runs which profile.</summary>
sealed class ConfiguredProviders : IDisposable
{
    public const string VoxtralProfile = "voxtral-small";
    public const string WhisperXProfile = "whisperx";

    readonly TranscriptionOptions options;
    readonly IReadOnlyList<(TranscriptionConnection Connection, ITranscriber Transcriber)> providers;

    public ConfiguredProviders(IOptions<TranscriptionOptions> options, TranscriptionTelemetry telemetry, TimeProvider time)
    {
        this.options = options.Value;
        Provider?[] configured = [ProviderChoice.Voxtral(this.options), ProviderChoice.WhisperX(this.options)];
        providers = [.. configured.OfType<Provider>().Select(provider => Connect(provider, this.options, telemetry, time))];
        IReadOnlyList<ProviderConnection> connections = [.. providers.Select(provider => provider.Connection)];
        All = new ProviderSet("transcription", ProviderChoice.VoxtralName, "VOXTRAL_BASE_URL or WHISPERX_URL", () => connections);
    }

    public ProviderSet All { get; }

    /// <summary>Jobs for Voxtral are taken without Voxtral too: they are told what is missing instead of waiting for ever.</summary>
    public IReadOnlyList<string> Profiles => Named(ProviderChoice.WhisperXName).Count == 0
        ? [CreateJob.DefaultProfile, VoxtralProfile]
        : [CreateJob.DefaultProfile, VoxtralProfile, WhisperXProfile];

    /// <summary>Who transcribes for a job: the first, and those to fall back on. One that had better rest comes after the others.</summary>
    /// <param name="profile">The job's; null for any.</param>
    /// <param name="provider">The one that the job itself wishes for, <c>voxtral</c> or <c>whisperx</c>; null for none.</param>
    /// <returns>Empty where none is configured.</returns>
    public IReadOnlyList<ITranscriber> For(string? profile, string? provider)
    {
        var ofProfile = profile switch
        {
            WhisperXProfile => Named(ProviderChoice.WhisperXName),
            VoxtralProfile when Named(ProviderChoice.VoxtralName) is var voxtral && (voxtral.Count == 0 || !options.Fallback) => voxtral,
            _ => providers,
        };
        var wished = provider is not null ? ofProfile.Where(candidate => NameOf(candidate) == provider)
            : options.Fallback ? ofProfile
            : ofProfile.Take(1);
        return [.. wished.OrderBy(candidate => candidate.Connection.Rest.IsResting).Select(candidate => candidate.Transcriber)];
    }

    public void Dispose()
    {
        foreach (var (connection, _) in providers)
        {
            connection.Dispose();
        }
    }

    IReadOnlyList<(TranscriptionConnection Connection, ITranscriber Transcriber)> Named(string name) =>
        [.. providers.Where(candidate => NameOf(candidate) == name)];

    static string NameOf((TranscriptionConnection Connection, ITranscriber Transcriber) candidate) => candidate.Transcriber.Provider.Name;

    static (TranscriptionConnection Connection, ITranscriber Transcriber) Connect(
        Provider provider, TranscriptionOptions options, TranscriptionTelemetry telemetry, TimeProvider time)
    {
        var connection = new TranscriptionConnection(provider, options.ConnectTimeout, time);
        return (connection, new Transcriber(connection, Protocols.Of(new ProviderHttp(connection, time)), options, telemetry, time));
    }
}
