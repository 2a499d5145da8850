using System.Text.Json;

namespace AiPlatform.Jobs;

/// <summary>A piece of a job's work that is done, whoever did it.</summary>
/// <param name="Key">What its handler calls it, unique in the job.</param>
/// <param name="Content">What the next run needs of it.</param>
public sealed record Checkpoint(string Key, JsonElement Content);
