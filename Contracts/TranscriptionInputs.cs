using System.Buffers.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AiPlatform.Contracts;

/// <summary>Reads the input of transcription jobs: the API at submission, the worker once more before it runs one.</summary>
public static partial class TranscriptionInputs
{
    public const int MostPromptCharacters = 4000;
    public const int MostChannels = 8;
    public const int MostSpeakers = 8;

    /// <summary>The field of a fault that is of the input itself.</summary>
    public const string Whole = "input";

    const int MostOffsetMs = 3_600_000;
    const int MostShown = 64;

    /// <summary>Of unknown fields.</summary>
    const int MostNamed = 8;

    static readonly EachWordAttribute Role = new(64);
    static readonly EachWordAttribute ProviderName = new(64);
    static readonly string[] Sources = ["audio_url", "audio_base64", "audio_ref"];

    static readonly string[] Fields =
    [
        .. Sources, "language", "prompt", "temperature", "diarize", "num_speakers", "channel_roles", "channel_offsets_ms", "chunk_seconds", "provider",
        "strict", "include_gaps",
    ];

    /// <summary>The task types whose jobs have such an input.</summary>
    public static IReadOnlyList<string> TaskTypes { get; } = ["transcription", "transcribe"];

    public static bool IsTranscription(string taskType) => TaskTypes.Contains(taskType);

    /// <returns>Null where the input is not valid; <paramref name="faults"/> then says why, and is empty otherwise.</returns>
    public static TranscriptionInput? Read(JsonElement? input, out IReadOnlyList<InputFault> faults)
    {
        List<InputFault> found = [];
        faults = found;
        if (input is not { ValueKind: JsonValueKind.Object } given)
        {
            found.Add(new(Whole, $"must be an object with {string.Join(", ", Fields)}."));
            return null;
        }
        var unknown = given.EnumerateObject().Select(field => field.Name).Except(Fields).ToList();
        if (unknown.Count > 0)
            found.Add(new(Whole, $"has unknown fields: {string.Join(", ", unknown.Take(MostNamed).Select(Shown))}. Known are {string.Join(", ", Fields)}."));
        var read = new InputFields(given, found);
        var result = Read(read);
        CheckSource(result, found);
        return found.Count == 0 ? result : null;
    }

    /// <summary>The base64 in <c>audio_base64</c>, without <c>data:audio/wav;base64,</c>: what kind of audio it is, the bytes say.</summary>
    public static ReadOnlySpan<char> Base64Of(string text)
    {
        const string Marker = ";base64,";
        var head = text.AsSpan(0, Math.Min(text.Length, 200));
        var marker = head.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? head.IndexOf(Marker, StringComparison.OrdinalIgnoreCase) : -1;
        return marker < 0 ? text : text.AsSpan(marker + Marker.Length);
    }

    static TranscriptionInput Read(InputFields fields) => new()
    {
        AudioUrl = fields.Text("audio_url"),
        AudioBase64 = fields.Text("audio_base64"),
        AudioRef = fields.Text("audio_ref", text => Guid.TryParseExact(text, "D", out _) ? null : $"'{Shown(text)}' is not a reference that an upload answered: a UUID."),
        Language = fields.Text("language", LanguageFault) is { } language && !IsAuto(language) ? Code(language) : null,
        Prompt = fields.Text(
            "prompt", text => text.Length <= MostPromptCharacters ? null : $"must have at most {MostPromptCharacters} characters, not {text.Length}."),
        Temperature = fields.Number("temperature", 0, 1),
        Diarize = fields.Flag("diarize") ?? true,
        NumSpeakers = (int?)fields.Number("num_speakers", 1, MostSpeakers, whole: true),
        ChannelRoles = fields.Texts("channel_roles", MostChannels, Role.Check),
        ChannelOffsetsMs = fields.WholeNumbers("channel_offsets_ms", MostChannels, -MostOffsetMs, MostOffsetMs),
        ChunkSeconds = fields.Number("chunk_seconds", 5, 600),
        Provider = fields.Text("provider", ProviderName.Check),
        Strict = fields.Flag("strict") ?? false,
        IncludeGaps = fields.Flag("include_gaps") ?? false,
    };

    static void CheckSource(TranscriptionInput input, List<InputFault> faults)
    {
        var given = Sources.Zip([input.AudioUrl, input.AudioBase64, input.AudioRef]).Where(source => source.Second is not null).Select(source => source.First).ToList();
        var hasFault = faults.Any(fault => Sources.Contains(fault.Field));
        if (given.Count > 1)
            faults.Add(new(given[1], $"is given beside {given[0]}; give one of {string.Join(", ", Sources)}."));
        else if (given.Count == 0 && !hasFault)
            faults.Add(new(Whole, $"names no audio; give one of {string.Join(", ", Sources)}."));
        if (input.AudioBase64 is { } text && !Base64.IsValid(Base64Of(text)))
            faults.Add(new("audio_base64", "is not base64."));
    }

    static string? LanguageFault(string language) =>
        IsAuto(language) || Language.IsMatch(language) ? null : $"must be a code such as 'en' or 'en-US', not '{Shown(language)}'.";

    static bool IsAuto(string language) => language.Trim() is "" or "auto";

    /// <summary>Transcription servers take the language alone: <c>en-US</c> is <c>en</c>.</summary>
    static string Code(string language) => language.Trim().Split('-', '_')[0].ToLowerInvariant();

    internal static string Shown(string text)
    {
        var line = NotPrintable.Replace(text, " ");
        return line.Length <= MostShown ? line : line[..(MostShown - 1)] + "…";
    }

    [GeneratedRegex(@"^\s*[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\s*$")]
    static partial Regex Language { get; }

    [GeneratedRegex(@"[\s\p{C}]+")]
    static partial Regex NotPrintable { get; }
}
