using AiPlatform.TranscriptionWorker.Audio.Temp;

namespace AiPlatform.TranscriptionWorker.Audio.Decoding;

/// <summary>A channel at <see cref="SampleRange.Rate"/>, 16 bits, on disk, and what is known of each of its frames of 20 ms.</summary>
/// <param name="Energy">Mean square of each frame; 1 is full scale.</param>
/// <param name="Tones">True of a frame in which a signal of the network sounds.</param>
sealed record DecodedChannel(TempFile File, float[] Energy, bool[] Tones) : IDisposable
{
    public long Samples => File.Length / sizeof(short);

    public void Dispose() => File.Dispose();
}
