using System.Text.Json;
using System.Text.RegularExpressions;

namespace AiPlatform.TranscriptionWorker.Input;

/// <summary>Reads and checks the input of a job. A problem names the field and what is allowed.</summary>
static partial class InputReader
{
    public const int MostPromptCharacters = 4000;
    const string Fields = "audio_url, audio_base64, language, prompt, temperature";

    /// <returns>Null where the input is not valid; <paramref name="problem"/> then says why.</returns>
    public static TranscriptionInput? TryRead(JsonElement? input, out string? problem)
    {
        var read = Parse(input, out problem);
        if (read is null)
        {
            return null;
        }
        problem = Check(read);
        return problem is null ? read with { Language = LanguageCode(read.Language) } : null;
    }

    static TranscriptionInput? Parse(JsonElement? input, out string? problem)
    {
        problem = $"The input must be a JSON object with {Fields}.";
        if (input is not { ValueKind: JsonValueKind.Object } given)
        {
            return null;
        }
        try
        {
            return given.Deserialize(InputJson.Default.TranscriptionInput);
        }
        catch (JsonException failure)
        {
            var field = failure.Path?.TrimStart('$', '.');
            if (!string.IsNullOrEmpty(field))
            {
                problem = $"{field} is not valid: {(field == "temperature" ? "a number" : "text")} is expected.";
            }
            return null;
        }
    }

    static string? Check(TranscriptionInput input) => input switch
    {
        { Unknown: { Count: > 0 } unknown } => $"The input has unknown fields: {string.Join(", ", unknown.Keys.Select(Shown))}. Known are {Fields}.",
        { AudioUrl: not null, AudioBase64: not null } => "audio_url and audio_base64 are both given; give one of them.",
        { AudioUrl: null, AudioBase64: null } => "Neither audio_url nor audio_base64 is given; give one of them.",
        { Prompt.Length: > MostPromptCharacters } => $"prompt has {input.Prompt.Length} characters; at most {MostPromptCharacters} are allowed.",
        { Temperature: < 0 or > 1 or double.NaN } => "temperature must be from 0 to 1.",
        { Language: { } language } when !IsAuto(language) && !Language.IsMatch(language) =>
            $"language must be a code such as 'en' or 'en-US', not '{Shown(language)}'.",
        _ => null,
    };

    static bool IsAuto(string language) => language.Trim() is "" or "auto";

    /// <summary>Transcription servers take the language alone: <c>en-US</c> is <c>en</c>.</summary>
    static string? LanguageCode(string? language) =>
        language is null || IsAuto(language) ? null : language.Trim().Split('-', '_')[0].ToLowerInvariant();

    static string Shown(string text)
    {
        var line = NotPrintable.Replace(text, " ");
        return line.Length <= 64 ? line : line[..63] + "…";
    }

    [GeneratedRegex(@"^\s*[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\s*$")]
    static partial Regex Language { get; }

    [GeneratedRegex(@"[\s\p{C}]+")]
    static partial Regex NotPrintable { get; }
}
