using System.Text.Json.Serialization;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>How checkpoints and progress are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ChunkOutcome))]
[JsonSerializable(typeof(StoredPlan))]
[JsonSerializable(typeof(TranscriptionProgress))]
sealed partial class PipelineJson : JsonSerializerContext;
