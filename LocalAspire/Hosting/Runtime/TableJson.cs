using System.Text.Json.Serialization;

namespace Aspire.Hosting.Runtime;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(ResourceTable))]
internal sealed partial class TableJson : JsonSerializerContext;
