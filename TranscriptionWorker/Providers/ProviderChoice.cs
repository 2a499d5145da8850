namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Which providers the settings mean.</summary>
static class ProviderChoice
{
    public const string VoxtralName = "voxtral";
    public const string WhisperXName = "whisperx";

    /// <summary>Mistral has other names for its models than those under which they are downloaded.</summary>
    const string MistralModel = "voxtral-mini-latest";

    /// <returns>Null where it is not configured.</returns>
    public static Provider? Voxtral(TranscriptionOptions options)
    {
        if (options.VoxtralBaseUrl is not { } address)
        {
            return null;
        }
        var isMistral = options.VoxtralKind == VoxtralKind.Mistral
            || (options.VoxtralKind == VoxtralKind.Auto && address.IdnHost.Equals("api.mistral.ai", StringComparison.OrdinalIgnoreCase));
        return new Provider(
            VoxtralName, ServerAddress.Versioned(address), ServerAddress.Root(address), "VOXTRAL_BASE_URL",
            options.VoxtralApiKey ?? options.AudioLlmApiKey ?? options.LlmApiKey, KeySetting(options),
            isMistral && options.VoxtralModel == TranscriptionOptions.DefaultVoxtralModel ? MistralModel : options.VoxtralModel,
            isMistral ? ServerKind.Mistral : ServerKind.Vllm);
    }

    /// <returns>Null where it is not configured.</returns>
    public static Provider? WhisperX(TranscriptionOptions options) => options.WhisperXUrl is not { } address
        ? null
        : new Provider(
            WhisperXName, ServerAddress.Versioned(address), ServerAddress.Root(address), "WHISPERX_URL",
            options.WhisperXApiKey, "WHISPERX_API_KEY",
            options.WhisperXModel, Kind(options.WhisperXKind));

    static ServerKind? Kind(WhisperXKind kind) => kind switch
    {
        WhisperXKind.OpenAi => ServerKind.WhisperX,
        WhisperXKind.FastApi => ServerKind.WhisperXTasks,
        WhisperXKind.Asr => ServerKind.WhisperAsr,
        _ => null,
    };

    static string KeySetting(TranscriptionOptions options) => options switch
    {
        { VoxtralApiKey: not null } => "VOXTRAL_API_KEY",
        { AudioLlmApiKey: not null } => "AUDIO_LLM_API_KEY",
        { LlmApiKey: not null } => "LLM_API_KEY",
        _ => "VOXTRAL_API_KEY",
    };
}
