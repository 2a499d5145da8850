using System.Text.Json.Serialization;

namespace Aspire.Hosting.Runtime;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ResourceTable))]
sealed partial class TableJson : JsonSerializerContext;
