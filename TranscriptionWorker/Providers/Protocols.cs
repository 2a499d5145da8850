using System.Diagnostics;

namespace AiPlatform.TranscriptionWorker.Providers;

static class Protocols
{
    public static IClipProtocol Of(ProviderHttp http) => http.Provider.Kind is { } kind ? Of(kind, http) : new DetectedProtocol(http);

    public static IClipProtocol Of(ServerKind kind, ProviderHttp http) => kind switch
    {
        ServerKind.Vllm => new VllmProtocol(http),
        ServerKind.Mistral => new MistralProtocol(http),
        ServerKind.OpenAi => new OpenAiProtocol(http, tellsSpeakers: false),
        ServerKind.WhisperX => new OpenAiProtocol(http, tellsSpeakers: true),
        ServerKind.WhisperXTasks => new WhisperXTasksProtocol(http),
        ServerKind.WhisperAsr => new WhisperAsrProtocol(http),
        _ => throw new UnreachableException(),
    };
}
