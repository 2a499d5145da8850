using Microsoft.AspNetCore.Diagnostics;

namespace AiPlatform.Api.Errors;

/// <summary>Gives the bare statuses that routing answers the form of every other error.</summary>
static class StatusProblems
{
    public static Task AnswerAsync(StatusCodeContext status)
    {
        var context = status.HttpContext;
        var path = context.Request.Path.Value ?? "/";
        var problem = context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problems.NoSuchRoute(context.Request.Method, Short(path)),
            StatusCodes.Status405MethodNotAllowed => Problems.MethodNotAllowed(context.Request.Method, Short(path)),
            StatusCodes.Status415UnsupportedMediaType => Problems.UnsupportedMediaType(),
            _ => null,
        };
        return problem?.ExecuteAsync(context) ?? Task.CompletedTask;
    }

    static string Short(string path) => path.Length <= 128 ? path : path[..128] + "…";
}
