using System.Text.Json;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Http;

/// <summary><c>GET /openapi.json</c> of the servers made with FastAPI: which routes there are, and of a transcription's fields those that tell them apart.</summary>
static class OpenApiPage
{
    public static bool Has(ServerKind kind) => Routes(kind).Length > 0;

    public static void Write(Utf8JsonWriter json, ServerKind kind)
    {
        json.WriteString("openapi", "3.1.0");
        json.WriteStartObject("paths");
        foreach (var route in Routes(kind))
        {
            json.WriteStartObject(route);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartObject("components");
        if (kind == ServerKind.WhisperX)
        {
            json.WriteStartObject("schemas");
            json.WriteStartObject("Body_transcribe");
            json.WriteStartObject("properties");
            foreach (var field in new[] { "file", "align", "diarize", "min_speakers", "max_speakers" })
            {
                json.WriteStartObject(field);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    static string[] Routes(ServerKind kind) => kind switch
    {
        ServerKind.Vllm => ["/health", "/v1/models", "/v1/chat/completions", "/v1/audio/transcriptions"],
        ServerKind.WhisperX => ["/v1/models", "/v1/audio/transcriptions"],
        ServerKind.WhisperXTasks => ["/speech-to-text", "/speech-to-text-url", "/task/{identifier}", "/health"],
        ServerKind.WhisperAsr => ["/asr", "/detect-language"],
        _ => []
    };
}
