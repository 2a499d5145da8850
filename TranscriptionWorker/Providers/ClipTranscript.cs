using System.Text.Json;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What a provider said of a clip.</summary>
/// <param name="Segments">Times in seconds from the clip's start; empty where it gave none.</param>
/// <param name="Language">As the server wrote it, such as <c>en</c> or <c>english</c>; null where it did not say.</param>
/// <param name="FinishReason"><c>stop</c>; <c>length</c> where the text was cut at its limit; null where the server did not say.</param>
/// <param name="Usage">The server's own object.</param>
/// <param name="BilledSeconds">Of audio; null where the server counts otherwise.</param>
/// <param name="Mode">See <see cref="ClipModes"/>.</param>
/// <param name="Warnings">What was asked for and not done.</param>
sealed record ClipTranscript(
    string Text,
    IReadOnlyList<ServerSegment> Segments,
    string? Language,
    string? FinishReason,
    JsonElement? Usage,
    double? BilledSeconds,
    string Mode,
    IReadOnlyList<string> Warnings);

/// <summary>How a provider was asked.</summary>
static class ClipModes
{
    public const string Transcription = "transcription";

    /// <summary>A chat about the recording: the model heeds the prompt, and may say other things than were said.</summary>
    public const string Chat = "chat";
}
