using System.Text.Json.Serialization;

namespace AiPlatform.ModelSimulator.Admin;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(FaultOrder))]
[JsonSerializable(typeof(FaultList))]
[JsonSerializable(typeof(RequestList))]
[JsonSerializable(typeof(TranscriptOrder))]
[JsonSerializable(typeof(TranscriptList))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(double?))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
sealed partial class AdminJson : JsonSerializerContext;
