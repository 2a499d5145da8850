using AiPlatform.TranscriptionWorker.Audio.Wav;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What a transcription server is asked.</summary>
/// <param name="Id">Shown to the server, to join its log with ours.</param>
/// <param name="Language">Two or three letters; null to let the model find out.</param>
sealed record TranscriptionRequest(string Id, WavFile Audio, string? Language, string? Prompt, double? Temperature);
