using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>A server that transcribes: <c>voxtral</c> or <c>whisperx</c>.</summary>
/// <param name="Model">The model requests go to; null for the server's own choice.</param>
/// <param name="GivesTimes">Whether it is asked for segments with their times. Voxtral has none, and vLLM refuses to be asked.</param>
/// <param name="HeedsPrompt">Whether a prompt has any effect.</param>
sealed record Provider(
    string Name, Uri BaseAddress, string AddressSetting, string? ApiKey, string KeySetting, string? Model, bool GivesTimes, bool HeedsPrompt)
    : ModelProvider(Name, BaseAddress, AddressSetting, ApiKey, KeySetting);
