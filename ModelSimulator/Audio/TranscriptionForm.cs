using System.Globalization;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>Checks a transcription's form as vLLM does for Voxtral; prompt, hotwords and unknown fields are accepted and without effect.</summary>
sealed class TranscriptionForm(ServedModels models, IOptions<SimulatorOptions> options)
{
    const double BytesPerMegabyte = 1024 * 1024;
    const double MaxMegabytes = 25;
    const double MaxSeconds = 600;

    // The languages of Whisper's list that mistral-common takes: two letters each.
    static readonly string[] Languages =
        ("af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi hr ht hu hy id is it ja jw ka kk km kn ko "
        + "la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr "
        + "tt uk ur uz vi yi yo zh").Split(' ');

    public async Task<(TranscriptionRequest? Request, ApiError? Error)> ReadAsync(IFormCollection form, Personality personality, CancellationToken cancellationToken)
    {
        var name = Field(form, "model");
        if ((models.Find(personality, name, ModelTask.Transcription, out var model, out var fault) ?? CheckFields(form, name ?? model.Name)) is { } invalid)
            return (null, invalid);
        if (form.Files.GetFile("file") is not { } file)
            return (null, ApiError.BadRequest("Field required", "file"));
        if (file.Length > MaxMegabytes * BytesPerMegabyte)
            return (null, TooLarge(file));

        var bytes = new byte[file.Length];
        await using (var content = file.OpenReadStream())
            await content.ReadExactlyAsync(bytes, cancellationToken);
        if (!WavAudio.TryRead(bytes, out var audio))
            return (null, ApiError.BadRequest("Invalid or unsupported audio file."));
        if (audio.Seconds > MaxSeconds)
            return (null, TooLong(audio));
        var stream = Flag(form, "stream");
        var includeUsage = stream && Flag(form, "stream_include_usage");
        return (new TranscriptionRequest(
            name ?? model.Name,
            model,
            fault,
            audio,
            Transcript.Of(audio, bytes),
            Whole(form, "max_completion_tokens") ?? options.Value.MaxModelLen - audio.PromptTokens,
            stream,
            includeUsage,
            includeUsage && Flag(form, "stream_continuous_usage_stats")), null);
    }

    static ApiError? CheckFields(IFormCollection form, string model)
    {
        var mistake = Field(form, "response_format") switch
        {
            null or "json" or "text" => null,
            "verbose_json" => ApiError.BadRequest($"Currently do not support verbose_json for {model}", "response_format"),
            "srt" or "vtt" => ApiError.BadRequest("Currently only support response_format: `text`, `json` or `verbose_json`", "response_format"),
            _ => ApiError.BadRequest("Input should be 'json', 'text', 'srt', 'verbose_json' or 'vtt'", "response_format")
        };
        if (Field(form, "language") is { } language && !Languages.Contains(language, StringComparer.Ordinal))
        {
            var known = string.Join(", ", Languages.Select(code => $"'{code}'"));
            mistake ??= ApiError.BadRequest($"Unsupported language: '{language}'.  Must be one of [{known}]", "language");
        }

        if (Field(form, "temperature") is { } text && !(double.TryParse(text, CultureInfo.InvariantCulture, out var temperature) && temperature >= 0))
            mistake ??= ApiError.BadRequest($"temperature must be non-negative, got {text}.", "temperature");
        if (Field(form, "max_completion_tokens") is { } limit && Whole(form, "max_completion_tokens") is null)
            mistake ??= ApiError.BadRequest($"max_completion_tokens must be at least 1, got {limit}.", "max_completion_tokens");
        return mistake;
    }

    static ApiError TooLarge(IFormFile file) => ApiError.BadRequest(
        Text($"Maximum file size exceeded (parameter=audio_filesize_mb, value={file.Length / BytesPerMegabyte:0.0###})"));

    static ApiError TooLong(WavAudio audio) => ApiError.BadRequest(
        Text($"Audio exceeds maximum allowed duration of {MaxSeconds}s (metadata reports {audio.Seconds:0.0##}s). ")
        + "Set VLLM_MAX_AUDIO_DECODE_DURATION_S to increase this limit.");

    static string? Field(IFormCollection form, string name) => form[name].ToString() is { Length: > 0 } value ? value : null;

    static bool Flag(IFormCollection form, string name) => Field(form, name)?.ToUpperInvariant() is "TRUE" or "1" or "YES" or "ON";

    static int? Whole(IFormCollection form, string name) =>
        int.TryParse(Field(form, name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number : null;

    static string Text(FormattableString text) => FormattableString.Invariant(text);
}
