namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>One clip to transcribe.</summary>
/// <param name="Name">Shown to the server, to join its log with ours, and the name of the file: letters, digits, '-', '_' and '.'.</param>
/// <param name="Wav">A whole file: mono, 16 kHz, 16-bit PCM.</param>
/// <param name="Language">Two or three letters; null to let the model find out.</param>
/// <param name="Prompt">For Voxtral an instruction, which makes it a chat; for Whisper names and words.</param>
/// <param name="Diarize">Ask for speakers where the server can tell them apart.</param>
/// <param name="NumSpeakers">Null where nobody knows.</param>
sealed record ClipRequest(
    string Name, byte[] Wav, double Seconds, string? Language, string? Prompt, double? Temperature, bool Diarize, int? NumSpeakers)
{
    /// <summary>The most tokens that this much speech can be. A model that repeats itself would go on to the end of its context.</summary>
    public int MostTokens => (int)Math.Ceiling(Seconds * 10) + 64;
}
