namespace AiPlatform.ModelSimulator.Audio;

/// <summary>A piece of what was said, in seconds from the start of the audio. Without a speaker the answer has no such field.</summary>
sealed record HeardSegment(double Start, double End, string Text, string? Speaker = null);
