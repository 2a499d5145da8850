namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>What came of getting a job's audio.</summary>
abstract record AudioRead
{
    AudioRead()
    {
    }

    public sealed record Bytes(ReadOnlyMemory<byte> Content) : AudioRead;

    public sealed record Failed(AudioProblem Problem) : AudioRead;
}
