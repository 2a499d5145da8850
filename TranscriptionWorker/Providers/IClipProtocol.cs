using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>How one kind of server is asked for the words of a clip. What breaks on the way may be thrown: <see cref="Transcriber"/> tells it.</summary>
interface IClipProtocol
{
    Task<ClipAnswer> AskAsync(ClipRequest clip, ClipPatience patience);
}

/// <summary>Either of the two is null.</summary>
readonly record struct ClipAnswer(ClipTranscript? Transcript, ProviderFailure? Failure)
{
    public static implicit operator ClipAnswer(ClipTranscript transcript) => new(transcript, null);

    public static implicit operator ClipAnswer(ProviderFailure failure) => new(null, failure);
}
