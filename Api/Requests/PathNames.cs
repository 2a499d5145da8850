using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AiPlatform.Api.Requests;

/// <summary>Names of any text as segments of a path. Routing leaves <c>%2F</c> as it was sent and makes <c>%2F</c> of <c>%252F</c> as well, so a name with a slash and one
/// with these three characters look alike to it; what was sent tells them apart.</summary>
static class PathNames
{
    const string Slash = "%2F";

    /// <summary>The name in place of a parameter of the request's route. Empty, which is nobody's name, where it cannot be told.</summary>
    public static string Of(HttpContext context, string parameter)
    {
        var routed = (string)context.Request.RouteValues[parameter]!;
        if (!routed.Contains(Slash, StringComparison.OrdinalIgnoreCase))
            return routed;
        var pattern = ((RouteEndpoint)context.GetEndpoint()!).RoutePattern.PathSegments;
        var after = pattern.Reverse().TakeWhile(segment => segment.Parts[0] is not RoutePatternParameterPart part || part.Name != parameter).Count();
        var sent = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimEnd('/').Split('/');
        var name = after < sent.Length ? Uri.UnescapeDataString(sent[^(after + 1)]) : "";
        // Segments such as .. are gone from what was routed.
        return Alike(name) == Alike(routed) ? name : "";
    }

    static string Alike(string name) => name.Replace(Slash, "/", StringComparison.OrdinalIgnoreCase);
}
