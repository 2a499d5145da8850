using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Speakers;

/// <summary>What telling speakers apart needs of the audio.</summary>
/// <param name="Duration">Seconds.</param>
/// <param name="LevelDb">RMS dBFS of a stretch of a track.</param>
/// <param name="ReadSamples">Samples of a stretch of a track.</param>
sealed record SpeakerSound(
    IReadOnlyList<SpeechTrack> Tracks,
    IReadOnlyList<PlannedChunk> Chunks,
    double Duration,
    Func<int, SampleRange, double> LevelDb,
    Func<int, SampleRange, CancellationToken, Task<short[]>> ReadSamples);
