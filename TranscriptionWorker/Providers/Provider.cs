using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>A server that transcribes: <c>voxtral</c> or <c>whisperx</c>.</summary>
/// <param name="Root">Without the version, for routes that have none.</param>
/// <param name="Model">The model requests go to; null for the server's own choice.</param>
/// <param name="Kind">Null where it is to be found out.</param>
sealed record Provider(
    string Name, Uri BaseAddress, Uri Root, string AddressSetting, string? ApiKey, string KeySetting, string? Model, ServerKind? Kind)
    : ModelProvider(Name, BaseAddress, AddressSetting, ApiKey, KeySetting);
