namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>All channels of a file, or the mix of more than two.</summary>
/// <param name="Cross">Of two channels, the mean product of each frame; null of another number.</param>
/// <param name="Seconds">Of the file itself.</param>
sealed record DecodedAudio(IReadOnlyList<DecodedChannel> Channels, float[]? Cross, double Seconds);
