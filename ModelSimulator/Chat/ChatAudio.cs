using System.Text.Json;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Finds the recording that a chat is about.</summary>
static class ChatAudio
{
    /// <summary>The last one of the messages; none where none of them has one that is base64.</summary>
    public static byte[]? LastIn(JsonElement root)
    {
        var parts =
            from message in root.GetProperty("messages").EnumerateArray()
            where message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
            from part in message.GetProperty("content").EnumerateArray()
            where part.TryGetProperty("input_audio", out var audio) && audio.ValueKind == JsonValueKind.Object
            select part.GetProperty("input_audio").GetProperty("data");
        return parts.ToList() is { Count: > 0 } all && all[^1].TryGetBytesFromBase64(out var bytes) ? bytes : null;
    }
}
