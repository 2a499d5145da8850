using System.Text.Json.Serialization;

namespace AiPlatform.ServiceDefaults.Health;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ReadinessReport))]
[JsonSerializable(typeof(LivenessReport))]
sealed partial class HealthJson : JsonSerializerContext;
