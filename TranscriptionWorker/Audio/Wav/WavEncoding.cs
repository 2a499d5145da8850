namespace AiPlatform.TranscriptionWorker.Audio.Wav;

/// <summary>How samples are written, by the number that stands in the file.</summary>
enum WavEncoding
{
    Pcm = 1,
    Float = 3,
    ALaw = 6,
    MuLaw = 7,
}
