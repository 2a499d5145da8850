using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Which providers the settings mean.</summary>
static partial class ProviderChoice
{
    public const string VoxtralName = "voxtral";
    public const string WhisperXName = "whisperx";

    /// <returns>Null where it is not configured.</returns>
    public static Provider? Voxtral(TranscriptionOptions options) => options.VoxtralBaseUrl is not { } address
        ? null
        : new Provider(
            VoxtralName, BaseOf(address), "VOXTRAL_BASE_URL",
            options.VoxtralApiKey ?? options.AudioLlmApiKey ?? options.LlmApiKey, KeySetting(options),
            options.VoxtralModel, GivesTimes: false, HeedsPrompt: false);

    /// <returns>Null where it is not configured.</returns>
    public static Provider? WhisperX(TranscriptionOptions options) => options.WhisperXUrl is not { } address
        ? null
        : new Provider(
            WhisperXName, BaseOf(address), "WHISPERX_URL",
            options.WhisperXApiKey, "WHISPERX_API_KEY",
            options.WhisperXModel, GivesTimes: true, HeedsPrompt: true);

    /// <summary>Adds <c>/v1</c> where the path does not name a version itself.</summary>
    public static Uri BaseOf(Uri address)
    {
        var path = address.AbsolutePath.TrimEnd('/');
        var versioned = Version.IsMatch(path) ? path : path + "/v1";
        return new UriBuilder(address) { Path = versioned, Query = "", Fragment = "", UserName = "", Password = "" }.Uri;
    }

    static string KeySetting(TranscriptionOptions options) => options switch
    {
        { VoxtralApiKey: not null } => "VOXTRAL_API_KEY",
        { AudioLlmApiKey: not null } => "AUDIO_LLM_API_KEY",
        { LlmApiKey: not null } => "LLM_API_KEY",
        _ => "VOXTRAL_API_KEY",
    };

    // A version may stand before a gateway's own path.
    [GeneratedRegex("/v[0-9]+[a-z0-9]*(/|$)")]
    static partial Regex Version { get; }
}
