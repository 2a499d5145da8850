using System.Globalization;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>What each server refuses of a transcription's fields and its audio.</summary>
static class TranscriptionRules
{
    const double BytesPerMegabyte = 1024 * 1024;
    const double MaxMegabytes = 25;
    const double MaxSeconds = 600;

    // The languages of Whisper's list that mistral-common takes: two letters each.
    static readonly string[] Languages =
        ("af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi hr ht hu hy id is it ja jw ka kk km kn ko "
        + "la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr "
        + "tt uk ur uz vi yi yo zh").Split(' ');

    /// <summary>vLLM and OpenAI tell times for Whisper alone.</summary>
    public static bool TellsTimes(string model) => model.Contains("whisper", StringComparison.OrdinalIgnoreCase);

    public static ApiError? CheckFields(ServerKind kind, string model, AudioFields fields) => kind switch
    {
        ServerKind.Mistral => Mistral(fields),
        ServerKind.WhisperX or ServerKind.WhisperXTasks or ServerKind.WhisperAsr => Language(fields, $"Unsupported language: {fields.Text("language")}"),
        _ => Format(model, fields) ?? Language(fields, VllmLanguage(fields)) ?? Numbers(fields)
    };

    public static ApiError? CheckFile(ServerKind kind, IFormFile file) => IsBounded(kind) && file.Length > MaxMegabytes * BytesPerMegabyte
        ? ApiError.BadRequest(string.Create(
            CultureInfo.InvariantCulture, $"Maximum file size exceeded (parameter=audio_filesize_mb, value={file.Length / BytesPerMegabyte:0.0###})"))
        : null;

    public static ApiError? CheckAudio(ServerKind kind, WavAudio audio) => IsBounded(kind) && audio.Seconds > MaxSeconds
        ? ApiError.BadRequest(
            string.Create(
                CultureInfo.InvariantCulture, $"Audio exceeds maximum allowed duration of {MaxSeconds}s (metadata reports {audio.Seconds:0.0##}s). ")
            + "Set VLLM_MAX_AUDIO_DECODE_DURATION_S to increase this limit.")
        : null;

    public static ApiError Undecodable(ServerKind kind) => kind switch
    {
        ServerKind.WhisperXTasks or ServerKind.WhisperAsr or ServerKind.WhisperX => ApiError.Internal("Failed to load audio: Invalid data found when processing input"),
        ServerKind.Mistral => ApiError.BadRequest("Audio input could not be decoded."),
        _ => ApiError.BadRequest("Invalid or unsupported audio file.")
    };

    static bool IsBounded(ServerKind kind) =>
        kind is not (ServerKind.Mistral or ServerKind.WhisperX or ServerKind.WhisperXTasks or ServerKind.WhisperAsr);

    static ApiError? Mistral(AudioFields fields) => fields.Flag("diarize") && !fields.Has("timestamp_granularities", "segment")
        ? ApiError.Of(StatusCodes.Status422UnprocessableEntity, "diarize needs timestamp_granularities to be segment") with { Param = "diarize" }
        : null;

    static ApiError? Format(string model, AudioFields fields) => fields.Text("response_format") switch
    {
        null or "json" or "text" => null,
        "verbose_json" when TellsTimes(model) => null,
        "verbose_json" => ApiError.BadRequest($"Currently do not support verbose_json for {model}", "response_format"),
        "srt" or "vtt" => ApiError.BadRequest("Currently only support response_format: `text`, `json` or `verbose_json`", "response_format"),
        _ => ApiError.BadRequest("Input should be 'json', 'text', 'srt', 'verbose_json' or 'vtt'", "response_format")
    };

    static ApiError? Language(AudioFields fields, string message) =>
        fields.Text("language") is { } language && !Languages.Contains(language, StringComparer.Ordinal) ? ApiError.BadRequest(message, "language") : null;

    static string VllmLanguage(AudioFields fields) =>
        $"Unsupported language: '{fields.Text("language")}'.  Must be one of [{string.Join(", ", Languages.Select(code => $"'{code}'"))}]";

    static ApiError? Numbers(AudioFields fields)
    {
        if (fields.Text("temperature") is { } text && !(double.TryParse(text, CultureInfo.InvariantCulture, out var temperature) && temperature >= 0))
            return ApiError.BadRequest($"temperature must be non-negative, got {text}.", "temperature");
        return fields.Text("max_completion_tokens") is { } limit && fields.Whole("max_completion_tokens") is null
            ? ApiError.BadRequest($"max_completion_tokens must be at least 1, got {limit}.", "max_completion_tokens")
            : null;
    }
}
