namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>A voice track that is transcribed for itself: one channel, or all of them mixed.</summary>
/// <param name="Channel">Of the file, from 0 on; null for the mix.</param>
/// <param name="Speech">Where somebody speaks, in order, without overlap.</param>
sealed record SpeechTrack(int? Channel, IReadOnlyList<SampleRange> Speech)
{
    /// <summary>Where the other channel is heard and nobody speaks, in order. What is sent is silent there.</summary>
    public IReadOnlyList<SampleRange> Echoes { get; init; } = [];

    public double SpeechSeconds => Speech.Sum(range => range.Seconds);
}
