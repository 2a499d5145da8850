using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.ServiceDefaults.Telemetry;

/// <summary>
/// Gives the server span of ASP.NET Core, which .NET 10 leaves without any tag, the name and attributes of the OpenTelemetry HTTP conventions,
/// and drops the spans of probes with all their children. The query string is left out: callers put tokens there.
/// </summary>
sealed class RequestSpans : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(ObserveAsync);
        next(app);
    };

    static async Task ObserveAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { } span)
        {
            await next(context);
            return;
        }

        if (IsProbe(context.Request.Path))
        {
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            span.IsAllDataRequested = false;
            await next(context);
            return;
        }

        try
        {
            await next(context);
            Describe(span, context, context.Response.StatusCode);
        }
        catch (Exception fault)
        {
            // The server answers 500 only after this middleware has ended.
            Describe(span, context, StatusCodes.Status500InternalServerError);
            span.SetTag("error.type", fault.GetType().FullName);
            throw;
        }
    }

    static bool IsProbe(PathString path) => path == "/healthz" || path == "/readyz" || path == "/metrics";

    static void Describe(Activity span, HttpContext context, int status)
    {
        var method = HttpMethods.GetCanonicalizedValue(context.Request.Method);
        var known = IsKnown(method);
        // The exception handler clears the endpoint before it writes its answer.
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        var route = (endpoint as RouteEndpoint)?.RoutePattern.RawText;

        var name = known ? method : "HTTP";
        span.DisplayName = route is null ? name : $"{name} {route}";
        span.SetTag("http.request.method", known ? method : "_OTHER");
        span.SetTag("http.route", route);
        span.SetTag("url.scheme", context.Request.Scheme);
        span.SetTag("url.path", context.Request.Path.Value);
        span.SetTag("http.response.status_code", status);
        if (status < StatusCodes.Status500InternalServerError)
            return;
        span.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
        span.SetStatus(ActivityStatusCode.Error);
    }

    // Any text may come as a method; as a span name it would be unbounded.
    static bool IsKnown(string method) =>
        method is "GET" or "POST" or "PUT" or "PATCH" or "DELETE" or "HEAD" or "OPTIONS" or "TRACE" or "CONNECT";
}
