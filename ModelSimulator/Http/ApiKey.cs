using System.Security.Cryptography;
using System.Text;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>Guards <c>/v1/*</c> and nothing else, as vLLM's <c>--api-key</c> does. Ollama has no keys.</summary>
static class ApiKey
{
    public static void Require(WebApplication app, string key)
    {
        var expected = Encoding.UTF8.GetBytes(key);
        app.Use((context, next) =>
        {
            var kind = Personality.Of(context).Kind;
            return !context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal) || kind == ServerKind.Ollama
                || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Given(context.Request, kind)), expected)
                ? next(context)
                : RefuseAsync(context, kind);
        });
    }

    static string Given(HttpRequest request, ServerKind kind)
    {
        const string Bearer = "Bearer ";
        if (kind == ServerKind.Anthropic && request.Headers["x-api-key"].ToString() is { Length: > 0 } own)
            return own;
        var given = request.Headers.Authorization.ToString();
        return given.StartsWith(Bearer, StringComparison.Ordinal) ? given[Bearer.Length..] : "";
    }

    static Task RefuseAsync(HttpContext context, ServerKind kind)
    {
        if (kind != ServerKind.Vllm)
        {
            var refused = ApiError.Of(StatusCodes.Status401Unauthorized, kind == ServerKind.Anthropic ? "invalid x-api-key" : "Incorrect API key provided.");
            return ApiErrors.WriteAsync(context, refused with { CodeName = "invalid_api_key" }, context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"error":"Unauthorized"}""", context.RequestAborted);
    }
}
