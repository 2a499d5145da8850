using System.Security.Cryptography;
using System.Text;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>vLLM's <c>--api-key</c>: guards <c>/v1/*</c> and nothing else.</summary>
static class ApiKey
{
    public static void Require(WebApplication app, string key)
    {
        var expected = Encoding.UTF8.GetBytes("Bearer " + key);
        app.Use((context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
                || CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString()), expected))
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("""{"error":"Unauthorized"}""", context.RequestAborted);
        });
    }
}
