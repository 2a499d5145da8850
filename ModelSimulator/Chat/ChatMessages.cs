using System.Text;
using System.Text.Json;
using AiPlatform.ModelSimulator.Audio;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Reads <c>messages</c> with string or multi-part content.</summary>
static class ChatMessages
{
    /// <summary>A common mean of bytes in a token.</summary>
    public const int BytesPerToken = 4;

    /// <summary>What a chat template adds around each message.</summary>
    public const int TokensPerMessage = 4;
    const int TokensPerImage = 85;

    public static ChatPrompt Read(FieldReader fields, ServedModel model, Personality personality)
    {
        var tokens = 0;
        var lastUser = "";
        var last = (IsAssistant: false, Text: "");
        if (fields.Of("messages", JsonValueKind.Array, "list") is not { } messages)
        {
            fields.Fail("Field required", "messages");
            return new ChatPrompt(0, "", "", "");
        }

        if (messages.GetArrayLength() == 0)
            fields.Fail("List should have at least 1 item after validation, not 0", "messages");
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
            {
                fields.Fail("Each message should be an object with a role", "messages");
                break;
            }

            var text = new StringBuilder();
            tokens += TokensPerMessage + Content(fields, model, personality, message, text);
            last = (role.ValueEquals("assistant"u8), text.ToString());
            if (role.ValueEquals("user"u8))
                lastUser = last.Text;
        }

        var final = last.IsAssistant ? last.Text : "";
        return new ChatPrompt(tokens, lastUser, final, Continues(fields, personality, final.Length > 0) ? final : "");
    }

    /// <summary>vLLM's way to hand the model the beginning of its answer; others pass over it.</summary>
    static bool Continues(FieldReader fields, Personality personality, bool hasBeginning)
    {
        if (!personality.ContinuesFinalMessage)
            return false;
        var promptsAnswer = fields.Flag("add_generation_prompt", otherwise: true);
        if (!fields.Flag("continue_final_message"))
            return false;
        if (promptsAnswer)
            fields.Fail("continue_final_message and add_generation_prompt are not compatible: set add_generation_prompt to false.", "continue_final_message");
        else if (!hasBeginning)
            fields.Fail("continue_final_message is set but the final message has no assistant's content to continue.", "continue_final_message");
        return true;
    }

    public static int TokensOf(string text) => (Encoding.UTF8.GetByteCount(text) + BytesPerToken - 1) / BytesPerToken;

    static int Content(FieldReader fields, ServedModel model, Personality personality, JsonElement message, StringBuilder text)
    {
        if (!message.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.Null)
            return 0;
        switch (content.ValueKind)
        {
            case JsonValueKind.String:
                text.Append(content.GetString());
                return TokensOf(text.ToString());
            case JsonValueKind.Array:
                var parts = content.EnumerateArray().Sum(part => Part(fields, model, personality, part, text));
                return parts + TokensOf(text.ToString());
            default:
                fields.Fail("Message content should be a string or a list of parts", "messages");
                return 0;
        }
    }

    static int Part(FieldReader fields, ServedModel model, Personality personality, JsonElement part, StringBuilder text)
    {
        var type = part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()
            : null;
        switch (type)
        {
            case "text" when part.TryGetProperty("text", out var said) && said.ValueKind == JsonValueKind.String:
                text.Append(said.GetString());
                return 0;
            case "input_audio" when model.Task == ModelTask.Transcription:
                return AudioTokens(fields, part);
            case "image_url" when personality.Images != ImageSupport.None:
                return ImageTokens(fields, personality, part);
            case "input_audio" or "image_url" or "audio_url" or "video_url" when model.Task != ModelTask.Transcription:
                fields.Fail($"{model.Name} is not a multimodal model", "messages");
                return 0;
            default:
                fields.Fail($"Unknown part type: {type ?? "none"}", "messages");
                return 0;
        }
    }

    static int ImageTokens(FieldReader fields, Personality personality, JsonElement part)
    {
        if (part.TryGetProperty("image_url", out var image) && image.ValueKind == JsonValueKind.Object
            && image.TryGetProperty("url", out var url) && url.ValueKind == JsonValueKind.String
            && (personality.Images == ImageSupport.Any || url.GetString()!.StartsWith("data:image/", StringComparison.Ordinal)))
        {
            return TokensPerImage;
        }

        fields.Fail(personality.Kind == ServerKind.LmStudio ? "'url' field must be a base64 encoded image." : "invalid image input", "messages");
        return 0;
    }

    static int AudioTokens(FieldReader fields, JsonElement part)
    {
        if (part.TryGetProperty("input_audio", out var audio) && audio.ValueKind == JsonValueKind.Object
            && audio.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.String
            && data.TryGetBytesFromBase64(out var bytes) && WavAudio.TryRead(bytes, out var wav))
        {
            return wav.PromptTokens;
        }

        fields.Fail("Invalid or unsupported audio file.", "messages");
        return 0;
    }
}
