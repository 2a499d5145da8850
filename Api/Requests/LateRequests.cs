using AiPlatform.Api.Errors;
using Microsoft.AspNetCore.Http.Timeouts;

namespace AiPlatform.Api.Requests;

/// <summary>
/// Ends a request whose time is over (<see cref="RouteTimeouts"/>), with an answer. What is being done for it sees that as it sees a caller who has left. The time is one
/// for finding the answer: once there is one it is sent whole, however late, as fast as its reader takes it.
/// </summary>
sealed partial class LateRequests(ILogger<LateRequests> logger) : IEndpointFilter
{
    /// <summary>Remembers the caller's own token, which the middleware of ASP.NET replaces, and lets a stream that has begun go on.</summary>
    public static Task BeginAsync(HttpContext context, RequestDelegate next)
    {
        context.Features.Set(new Caller(context.RequestAborted));
        context.Response.OnStarting(EndTime, context);
        return next(context);
    }

    /// <summary>Around all that makes an answer, and before it is written: a token that fires in the midst of JSON would cut it off as if it were whole.</summary>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var answer = await next(context);
        await EndTime(context.HttpContext);
        GiveBack(context.HttpContext);
        return answer;
    }

    public Task LateAsync(HttpContext context, TimeSpan time)
    {
        GiveBack(context);
        LogLate(logger, context.Request.Method, context.Request.Path, time.TotalSeconds);
        // The server would otherwise wait for what has not come of the body.
        if (HttpProtocol.IsHttp11(context.Request.Protocol) && context.Request.ContentLength != 0)
            context.Response.Headers.Connection = "close";
        return Problems.TookTooLong(time).ExecuteAsync(context);
    }

    static Task EndTime(object context)
    {
        ((HttpContext)context).Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        return Task.CompletedTask;
    }

    static void GiveBack(HttpContext context)
    {
        if (context.Features.Get<Caller>() is { } caller)
            context.RequestAborted = caller.Left;
    }

    [LoggerMessage(1002, LogLevel.Warning, "{Method} {Path} was answered 503: there was no answer within {Seconds:0.###} s.")]
    static partial void LogLate(ILogger logger, string method, string path, double seconds);

    sealed record Caller(CancellationToken Left);
}
