using System.Diagnostics;
using System.Reflection;
using AiPlatform.Api.Errors;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiPlatform.Api.Requests;

/// <summary>The query parameters of a route, read and checked.</summary>
interface IQuery<T>
{
    static abstract IReadOnlyList<RequestParameter> Parameters { get; }

    /// <summary>What it answers is not used when the reader noted an error.</summary>
    static abstract T Read(QueryReader query);
}

/// <inheritdoc cref="IQuery{T}"/>
sealed class Query<T> : IRequestPart, IEndpointParameterMetadataProvider
    where T : class, IQuery<T>
{
    readonly T _value;

    Query(QueryReader reader) => (_value, Errors) = (T.Read(reader), reader.Errors);

    public T Value => Errors.Any ? throw new UnreachableException("The filter answers for a query that is not valid.") : _value;
    public ProblemResult? Problem => null;
    public InputErrors Errors { get; }

    public static ValueTask<Query<T>> BindAsync(HttpContext context, ParameterInfo _) => new(new Query<T>(new QueryReader(context.Request.Query)));

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        foreach (var known in T.Parameters)
            builder.Metadata.Add(known);
    }
}
