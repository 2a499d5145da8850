using System.Text.Json.Serialization;

namespace AiPlatform.TranscriptionWorker.Input;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TranscriptionInput))]
sealed partial class InputJson : JsonSerializerContext;
