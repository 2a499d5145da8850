namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>A provider that transcribes a clip.</summary>
interface ITranscriber
{
    Provider Provider { get; }

    /// <summary>One attempt, without retries: trying again is the caller's part.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> fired. The request is closed by then: the server stops working.</exception>
    Task<ClipResult> TranscribeAsync(ClipRequest clip, CancellationToken ct);
}
