using System.Diagnostics;
using System.Reflection;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Http.Timeouts;

namespace AiPlatform.Api.Requests;

/// <summary>What of the queue a request is about, from its query or from a body that may be absent; without either, all of it.</summary>
sealed class ScopeOfRequest : IRequestPart, IEndpointParameterMetadataProvider
{
    static readonly IReadOnlyList<RequestParameter> Parameters =
    [
        .. JsonShape.Of(typeof(QueueScope)).Fields.Select(field => new RequestParameter(
            field.Name, $"Only this {field.Name.Replace('_', ' ')}; '*' or none for every one. The same as the field of the body.")),
    ];

    QueueScope? _value;

    public QueueScope Value => _value ?? throw new UnreachableException("The filter answers for a scope that is not valid.");
    public ProblemResult? Problem { get; private init; }
    public InputErrors Errors { get; } = new();

    public static async ValueTask<ScopeOfRequest> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var query = new QueryReader(context.Request.Query);
        var inQuery = query.Fields<QueueScope>();
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return Of(inQuery, new(), query.Errors);
        var body = await Body<QueueScope>.BindAsync(context, parameter);
        if (body.Problem is not null)
            return new() { Problem = body.Problem };
        var scope = Of(inQuery, body.Errors.Any ? new() : body.Value, query.Errors);
        scope.Errors.Add(body.Errors);
        return scope;
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        foreach (var known in Parameters)
            builder.Metadata.Add(known);
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(QueueScope), isOptional: true));
        builder.Metadata.Add(new RequestTimeoutAttribute(RouteTimeouts.Body));
    }

    static ScopeOfRequest Of(QueueScope? inQuery, QueueScope inBody, InputErrors queryErrors)
    {
        var scope = new ScopeOfRequest();
        scope.Errors.Add(queryErrors);
        scope._value = new QueueScope
        {
            TaskType = scope.One("task_type", inQuery?.TaskType, inBody.TaskType),
            ModelProfile = scope.One("model_profile", inQuery?.ModelProfile, inBody.ModelProfile),
        };
        return scope;
    }

    /// <summary>Query and body may both say it, but not differ.</summary>
    string? One(string field, string? inQuery, string? inBody)
    {
        if (inQuery is not null && inBody is not null && inQuery != inBody)
            Errors.Add(field, "differs between the query and the body; say it in one of them.");
        return inQuery ?? inBody;
    }
}
