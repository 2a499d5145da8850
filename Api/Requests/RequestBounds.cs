using AiPlatform.Api.Errors;

namespace AiPlatform.Api.Requests;

/// <summary>Refuses a request whose address or headers are too large, with an answer: beyond that Kestrel closes the connection without one. And one that says
/// its length in two ways, of which a proxy may have believed the other.</summary>
static class RequestBounds
{
    // Where Kestrel puts the length that it does not believe. It closes the connection after the answer.
    const string OtherLength = "X-Content-Length";

    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.Headers.TransferEncoding.Count > 0 && (request.ContentLength is not null || request.Headers.ContainsKey(OtherLength)))
            return Problems.BadRequest("It has both a Content-Length and a Transfer-Encoding.").ExecuteAsync(context);
        var target = request.Path.Value!.Length + (request.QueryString.Value?.Length ?? 0);
        if (target > Limits.LongestTarget)
            return Problems.UriTooLong(target).ExecuteAsync(context);
        return AreTooLarge(request.Headers) ? Problems.HeadersTooLarge().ExecuteAsync(context) : next(context);
    }

    static bool AreTooLarge(IHeaderDictionary headers)
    {
        var (count, bytes) = (0, 0);
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                count++;
                bytes += name.Length + (value?.Length ?? 0);
            }
        }
        return count > Limits.MostHeaders || bytes > Limits.MostHeaderBytes;
    }
}
