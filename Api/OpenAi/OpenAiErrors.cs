using System.Text.Json;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.OpenAi;

/// <summary>Problems as OpenAI's clients know errors.</summary>
static class OpenAiErrors
{
    public const string MediaType = "application/json";

    public static bool IsSpokenAt(PathString path) => path.StartsWithSegments("/v1");

    public static Task AnswerAsync(HttpContext context, ProblemResult answer)
    {
        // Clients try these three times more by themselves, where a worker has tried already and nobody has said when it would help.
        if (answer is { RetryAfter: null, Problem.Status: Status409Conflict or >= Status500InternalServerError })
            context.Response.Headers["x-should-retry"] = "false";
        context.Response.ContentType = MediaType;
        return context.Response.Body.WriteAsync(Bytes(answer.Problem), context.RequestAborted).AsTask();
    }

    /// <summary>Whether OpenAI's clients ask again by themselves after such an answer, as .NET's does whatever we say of it.</summary>
    public static bool IsAskedAgainAfter(ProblemResult answer) =>
        answer.Problem.Status is Status408RequestTimeout or Status409Conflict or Status429TooManyRequests or >= Status500InternalServerError;

    public static byte[] Bytes(Problem problem) => JsonSerializer.SerializeToUtf8Bytes(
        new OpenAiError(new OpenAiFault(Message(problem), Type(problem.Status), problem.Errors?.Keys.FirstOrDefault(), problem.Code)),
        OpenAiJson.Types.OpenAiError);

    /// <summary>Documents the error statuses of a route under <c>/v1</c>.</summary>
    public static RouteHandlerBuilder RefusesAsOpenAi(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        // Whatever the route does, its caller may be one that may not, or that has reached a limit.
        foreach (var status in ((ReadOnlySpan<int>)[.. statuses, Status403Forbidden, Status429TooManyRequests]).ToArray().Distinct())
            route.Produces<OpenAiError>(status, MediaType);
        return route;
    }

    static string Message(Problem problem) => problem switch
    {
        { Errors: { Count: > 0 } errors, Code: ErrorCodes.Invalid } =>
            string.Join(' ', errors.SelectMany(field => field.Value.Select(message => $"{field.Key} {message}"))),
        _ => problem.Detail ?? problem.Title,
    };

    static string Type(int status) => status switch
    {
        Status401Unauthorized => "authentication_error",
        Status403Forbidden => "permission_error",
        Status429TooManyRequests => "rate_limit_error",
        < Status500InternalServerError => "invalid_request_error",
        _ => "server_error",
    };
}
