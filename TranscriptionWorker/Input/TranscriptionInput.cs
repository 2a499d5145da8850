using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.TranscriptionWorker.Input;

/// <summary>The input of a transcription job.</summary>
sealed record TranscriptionInput
{
    /// <summary>Where the audio is: http or https. Either this or <see cref="AudioBase64"/>.</summary>
    public string? AudioUrl { get; init; }

    /// <summary>The audio itself, with or without <c>data:audio/wav;base64,</c> before it.</summary>
    public string? AudioBase64 { get; init; }

    /// <summary>The language spoken, such as <c>en</c> or <c>en-US</c>; none or <c>auto</c> lets the model find out.</summary>
    public string? Language { get; init; }

    /// <summary>Names and words that help the model; in place of AUDIO_LLM_PROMPT.</summary>
    public string? Prompt { get; init; }

    /// <summary>Sampling temperature, 0 to 1; none leaves it to the server.</summary>
    public double? Temperature { get; init; }

    /// <summary>Fields that nobody knows. A misspelt one must not be ignored in silence. (Generated code cannot fill it with <c>init</c>.)</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}
