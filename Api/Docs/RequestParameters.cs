using System.Globalization;
using System.Text.Json.Nodes;
using AiPlatform.Api.Requests;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace AiPlatform.Api.Docs;

/// <summary>Documents what <see cref="Query{T}"/> and <see cref="IdempotencyKey"/> read, from the lists by which they know it.</summary>
sealed class RequestParameters : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (var parameter in context.Description.ActionDescriptor.EndpointMetadata.OfType<RequestParameter>())
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.InHeader ? ParameterLocation.Header : ParameterLocation.Query,
                Description = parameter.Description,
                Schema = Schema(parameter),
            });
        }
        return Task.CompletedTask;
    }

    static OpenApiSchema Schema(RequestParameter parameter) => parameter.Range is { } range
        ? new OpenApiSchema
        {
            Type = JsonSchemaType.Integer,
            Minimum = range.Minimum.ToString(CultureInfo.InvariantCulture),
            Maximum = range.Maximum.ToString(CultureInfo.InvariantCulture),
        }
        : new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Format = parameter.Format,
            Enum = parameter.Allowed.Count == 0 ? null : [.. parameter.Allowed.Select(word => (JsonNode)word)],
        };
}
