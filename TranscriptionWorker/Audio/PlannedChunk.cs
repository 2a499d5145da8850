namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>A piece of a track that is sent to a provider for itself.</summary>
/// <param name="Track">Place in the list of tracks.</param>
/// <param name="Index">From 0 on, in each track.</param>
/// <param name="Overlap">Samples at its start that the chunk before it ends with, as no pause was found to cut at; 0 as a rule.</param>
sealed record PlannedChunk(int Track, int Index, SampleRange Range, int Overlap = 0);
