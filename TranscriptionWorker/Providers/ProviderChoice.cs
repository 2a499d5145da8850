using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Which providers the settings mean.</summary>
static class ProviderChoice
{
    public const string VoxtralName = "voxtral";
    public const string WhisperXName = "whisperx";

    /// <returns>Null where it is not configured.</returns>
    public static Provider? Voxtral(TranscriptionOptions options) => options.VoxtralBaseUrl is not { } address
        ? null
        : new Provider(
            VoxtralName, ProviderAddress.Versioned(address), "VOXTRAL_BASE_URL",
            options.VoxtralApiKey ?? options.AudioLlmApiKey ?? options.LlmApiKey, KeySetting(options),
            options.VoxtralModel, GivesTimes: false, HeedsPrompt: false);

    /// <returns>Null where it is not configured.</returns>
    public static Provider? WhisperX(TranscriptionOptions options) => options.WhisperXUrl is not { } address
        ? null
        : new Provider(
            WhisperXName, ProviderAddress.Versioned(address), "WHISPERX_URL",
            options.WhisperXApiKey, "WHISPERX_API_KEY",
            options.WhisperXModel, GivesTimes: true, HeedsPrompt: true);

    static string KeySetting(TranscriptionOptions options) => options switch
    {
        { VoxtralApiKey: not null } => "VOXTRAL_API_KEY",
        { AudioLlmApiKey: not null } => "AUDIO_LLM_API_KEY",
        { LlmApiKey: not null } => "LLM_API_KEY",
        _ => "VOXTRAL_API_KEY",
    };
}
