using System.Text.Json;

namespace AiPlatform.Fuzz.Tests;

/// <summary>One operation of the served OpenAPI document.</summary>
/// <param name="Body">The schema of its JSON body; null where the document knows none.</param>
sealed record Operation(string Method, string Path, IReadOnlyList<Parameter> Parameters, JsonElement? Body)
{
    public static IReadOnlyList<Operation> In(JsonElement document) =>
    [
        .. from path in document.GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select new Operation(operation.Name.ToUpperInvariant(), path.Name, Parameter.Of(operation.Value), JsonBody(operation.Value)),
    ];

    static JsonElement? JsonBody(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out var body) && body.GetProperty("content").TryGetProperty("application/json", out var json)
            ? json.GetProperty("schema") : null;
}

sealed record Parameter(string Name, string In, JsonElement Schema)
{
    public static IReadOnlyList<Parameter> Of(JsonElement operation) => !operation.TryGetProperty("parameters", out var parameters) ? [] :
    [
        .. parameters.EnumerateArray().Select(known => new Parameter(
            known.GetProperty("name").GetString()!, known.GetProperty("in").GetString()!, known.GetProperty("schema"))),
    ];
}
