using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using AiPlatform.Api.OpenAi;
using AiPlatform.Contracts;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Errors;

/// <summary>An error answer of a handler, made in <see cref="Problems"/>.</summary>
sealed class ProblemResult(Problem problem) : IResult, IEndpointMetadataProvider
{
    public const string MediaType = "application/problem+json";

    public Problem Problem => problem;

    /// <summary>When the caller may try again; null where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var traceId = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
        httpContext.Response.StatusCode = problem.Status;
        httpContext.Response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } pause)
            httpContext.Response.Headers.RetryAfter = Math.Ceiling(pause.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return OpenAiErrors.IsSpokenAt(httpContext.Request.Path)
            ? OpenAiErrors.AnswerAsync(httpContext, this)
            : httpContext.Response.WriteAsJsonAsync(problem with { TraceId = traceId }, json, MediaType, httpContext.RequestAborted);
    }

    /// <summary>What any route may answer; the rest is named at the route with <see cref="ProblemRoutes.Refuses"/>.</summary>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        foreach (var status in (int[])[Status401Unauthorized, Status403Forbidden, Status422UnprocessableEntity, Status429TooManyRequests, Status503ServiceUnavailable])
            builder.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(Problem), [MediaType]));
    }
}
