using System.Text.RegularExpressions;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>Tells from a server's words what it would not take. No server has a code for it.</summary>
static partial class ClipRefusals
{
    public static ClipRefusal Of(ProviderFailure failure) => failure switch
    {
        { Type: "413" } => ClipRefusal.TooLong,
        { Type: not ("400" or "415" or "422" or "500" or "error_in_answer") } => ClipRefusal.None,
        _ when Undecodable.IsMatch(failure.Message) => ClipRefusal.Undecodable,
        _ when TooLong.IsMatch(failure.Message) => ClipRefusal.TooLong,
        _ => ClipRefusal.None,
    };

    // vLLM's limits of bytes, of seconds and of the context, and OpenAI's of bytes and seconds.
    [GeneratedRegex(
        "maximum file size|audio_filesize_mb|exceeds maximum allowed duration|maximum context length|content size limit|is longer than [0-9.]+ seconds|file is too large",
        RegexOptions.IgnoreCase)]
    static partial Regex TooLong { get; }

    // vLLM, what it says of libsndfile, WhisperX of ffmpeg, Mistral and OpenAI.
    [GeneratedRegex(
        "unsupported audio file|format not recognised|error opening <|failed to load audio|invalid data found when processing|could not be decoded"
        + "|corrupted or unsupported|invalid file format",
        RegexOptions.IgnoreCase)]
    static partial Regex Undecodable { get; }
}
