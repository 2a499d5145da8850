using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>
/// Headers of every answer that a process itself gives: nothing of it is a page to be framed, guessed at, kept or told to others. A route that is more than
/// that, such as a page, sets its own, and they stay.
/// </summary>
static class SecurityHeaders
{
    const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>One year.</summary>
    const string Hsts = "max-age=31536000";

    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        // When the answer begins: a failure clears what was set before.
        context.Response.OnStarting(Add, context);
        return next(context);
    }

    static Task Add(object state)
    {
        var context = (HttpContext)state;
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers[HeaderNames.XFrameOptions] = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = NoPage;
        if (headers.CacheControl.Count == 0)
            headers.CacheControl = "no-store";
        if (context.Request.IsHttps)
            headers.StrictTransportSecurity = Hsts;
        return Task.CompletedTask;
    }
}
