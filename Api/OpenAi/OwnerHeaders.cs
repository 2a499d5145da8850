using System.Reflection;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Submission;
using AiPlatform.Contracts;
using Microsoft.AspNetCore.Http.Metadata;

namespace AiPlatform.Api.OpenAi;

/// <summary>Whose a file or a batch is. Headers say it, as they do for a job; a list without them shows everybody's.</summary>
sealed class OwnerHeaders : IRequestPart, IEndpointParameterMetadataProvider
{
    public const string ServiceHeader = "X-Owner-Service";
    const string RefHeader = "X-Owner-Ref";

    public ProblemResult? Problem { get; private init; }
    public InputErrors Errors { get; } = new();

    /// <summary>Null where none is said.</summary>
    public string? Said { get; private init; }

    public required string Service { get; init; }
    public string? Reference { get; private init; }

    public static ValueTask<OwnerHeaders> BindAsync(HttpContext context, ParameterInfo _)
    {
        var errors = new InputErrors();
        var caller = RequestCaller.Of(context).Caller;
        var said = One(context.Request.Headers, ServiceHeader, 128, errors);
        var owner = new OwnerHeaders
        {
            Said = said,
            Service = SubmissionRules.OwnerOf(caller, said, CallQueueing.DefaultOwner),
            Problem = said is null ? null : SubmissionRules.OwnerRefusal(caller, said, ServiceHeader),
            Reference = One(context.Request.Headers, RefHeader, 256, errors),
        };
        owner.Errors.Add(errors);
        return new(owner);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder)
    {
        var service = $"Whose it is; {CallQueueing.DefaultOwner} where it is left out, or the first of the caller's. Of a list: only this owner's.";
        builder.Metadata.Add(new RequestParameter(ServiceHeader, service) { InHeader = true });
        builder.Metadata.Add(new RequestParameter(RefHeader, "The caller's own reference, for the jobs of a batch.") { InHeader = true });
    }

    static string? One(IHeaderDictionary headers, string name, int longest, InputErrors errors)
    {
        var given = headers[name];
        if (given.Count == 0)
            return null;
        if ((given.Count > 1 ? "is given twice." : new EachWordAttribute(longest).Check(given[0])) is { } fault)
            errors.Add(name, fault);
        return given[0];
    }
}
