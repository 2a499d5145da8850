namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>How far a transcription is: the job's <c>progress</c>, and its events of that type.</summary>
/// <param name="Stage"><c>fetching</c>, <c>decoding</c>, <c>transcribing</c> or <c>merging</c>.</param>
sealed record TranscriptionProgress(string Stage)
{
    /// <summary>Of the speech, 0 to 100.</summary>
    public double? Percent { get; init; }

    public ChunkCounts? Chunks { get; init; }

    /// <summary>Seconds of the audio up to which everything is transcribed: the text so far is in the job's events.</summary>
    public double? TranscribedUntil { get; init; }

    /// <summary>Seconds until the rest is done, by the speed of this run; null until its first chunk is.</summary>
    public double? EtaSeconds { get; init; }
}

/// <param name="Reused">Of the completed ones, those of earlier runs.</param>
sealed record ChunkCounts(int Total, int Completed, int Failed, int Reused);
