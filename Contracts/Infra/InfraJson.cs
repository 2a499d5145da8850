using System.Text.Json.Serialization;

namespace AiPlatform.Contracts.Infra;

/// <summary>
/// How the sidecar's status is written: snake_case, enums as words, nulls written. Unknown fields are skipped on reading, so that a newer sidecar
/// can be read by an older Api.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.Unspecified,
    RespectNullableAnnotations = true,
    Converters = [typeof(WordConverter<InfraHealth>), typeof(WordConverter<GpuState>)])]
[JsonSerializable(typeof(InfraStatus))]
public sealed partial class InfraJson : JsonSerializerContext;
