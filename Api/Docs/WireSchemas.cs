using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AiPlatform.Api.Docs;

/// <summary>
/// Corrects schemas where a C# type says something else than the wire: a required field of a request is nullable in C#, so that its absence can be
/// told from a default, and is not null on the wire.
/// </summary>
sealed class WireSchemas : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var name in schema.Required ?? new HashSet<string>())
        {
            if (schema.Properties?.TryGetValue(name, out var property) != true || property is not OpenApiSchema field)
                continue;
            if (field.Type is { } type)
                field.Type = type & ~JsonSchemaType.Null;
            if (field.OneOf is [{ Type: JsonSchemaType.Null }, var value])
                schema.Properties![name] = value;
        }

        // One schema serves an enum and its nullable form; where null is allowed, the field that refers to it says so.
        if (schema.Enum?.Any(word => word is null || word.GetValueKind() == JsonValueKind.Null) == true)
            schema.Enum = [.. schema.Enum.Where(word => word is not null && word.GetValueKind() != JsonValueKind.Null)];
        return Task.CompletedTask;
    }
}
