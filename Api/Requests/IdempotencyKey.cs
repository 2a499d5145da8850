using System.Reflection;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiPlatform.Api.Requests;

/// <summary>The <c>Idempotency-Key</c> header: the same as the field <c>idempotency_key</c> of the body.</summary>
sealed class IdempotencyKey : IRequestPart, IEndpointParameterMetadataProvider
{
    public const string Header = "Idempotency-Key";

    static readonly EachWordAttribute Rule = new(256);

    public string? Value { get; private init; }
    public ProblemResult? Problem => null;
    public InputErrors Errors { get; } = new();

    public static ValueTask<IdempotencyKey> BindAsync(HttpContext context, ParameterInfo _)
    {
        var given = context.Request.Headers[Header];
        var key = new IdempotencyKey { Value = given.Count == 0 ? null : given[0] };
        if (given.Count > 1)
            key.Errors.Add(Header, "is given twice.");
        else if (given.Count == 1 && Rule.Check(key.Value) is { } fault)
            key.Errors.Add(Header, fault);
        return new(key);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new RequestParameter(
        Header, "The same key from the same owner is answered with the first job; with another body it is refused (409).")
    {
        InHeader = true,
    });

    /// <summary>The one key of header and body; they may both say it, but not differ.</summary>
    public string? With(string? field, InputErrors errors)
    {
        if (Value is not null && field is not null && Value != field)
            errors.Add(Header, "differs from idempotency_key in the body.");
        return Value ?? field;
    }
}
