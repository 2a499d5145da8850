using AiPlatform.ModelSimulator.Faults;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>What the model is to have heard.</summary>
/// <param name="Segments">For the servers that tell them; together they are the text.</param>
/// <param name="Language">None: the one asked for, else English.</param>
/// <param name="Fault">What happens to the request, where it has no fault of its own.</param>
sealed record Heard(string Text, IReadOnlyList<HeardSegment> Segments, string? Language = null, Fault? Fault = null);
