using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.InfraSidecar;

/// <summary>Asks for the bearer token when one is configured.</summary>
sealed class StatusToken(IOptions<InfraSidecarOptions> options) : IEndpointFilter
{
    const string ForAll = "*=";

    // Hashes have one length, so that the time of the comparison tells nothing of the token.
    readonly byte[]? _expected = string.IsNullOrEmpty(options.Value.Token) ? null : Hash(Alone(options.Value.Token));

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (_expected is null || (Given(context.HttpContext.Request) is { } token && CryptographicOperations.FixedTimeEquals(Hash(token), _expected)))
            return await next(context);

        context.HttpContext.Response.Headers.WWWAuthenticate = "Bearer";
        return TypedResults.Problem(
            statusCode: StatusCodes.Status401Unauthorized,
            detail: "Send the sidecar's token as 'Authorization: Bearer …' (INFRA_SIDECAR_TOKEN).",
            extensions: new Dictionary<string, object?> { ["code"] = ErrorCodes.Unauthorized });
    }

    static string? Given(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
        && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) ? header.Parameter : null;

    /// <summary>The file of the token may be the API's, whose one line may say that it is for all sidecars: <c>*=token</c>.</summary>
    static string Alone(string token) => token.StartsWith(ForAll, StringComparison.Ordinal) ? token[ForAll.Length..] : token;

    static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
