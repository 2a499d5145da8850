namespace AiPlatform.ModelSimulator.Admin;

/// <summary>What is ordered to be heard, oldest first; <c>times</c> counts what is left.</summary>
sealed record TranscriptList(IReadOnlyList<TranscriptOrder> Transcripts);
