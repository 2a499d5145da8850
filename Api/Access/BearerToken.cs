using System.Security.Cryptography;
using System.Text;
using AiPlatform.Api.Errors;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Access;

/// <summary>
/// Asks for the service token, where one is set, on every route that is not marked as open: a new route is closed unless it says otherwise.
/// </summary>
sealed class BearerToken(RequestDelegate next, IOptions<ApiOptions> options)
{
    const string Scheme = "Bearer ";

    readonly byte[]? _expected = string.IsNullOrEmpty(options.Value.ServiceToken) ? null : Hash(options.Value.ServiceToken);

    public Task InvokeAsync(HttpContext context) =>
        _expected is null || IsOpen(context) ? NextAsync(context) : CheckAsync(context);

    // Without an endpoint there is nothing to protect: the answer will be 404.
    static bool IsOpen(HttpContext context) =>
        context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    Task CheckAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return RefuseAsync(context, "Bearer", "Send it as 'Authorization: Bearer <token>'.");
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, "Bearer", "The Authorization header must be 'Bearer <token>'.");

        // Hashes have one length, so the time of the comparison tells nothing of the token, not even how long it is.
        return CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), _expected)
            ? NextAsync(context)
            : RefuseAsync(context, "Bearer error=\"invalid_token\"", "The token is not the service's.");
    }

    Task NextAsync(HttpContext context)
    {
        context.Features.Set(new RequestCaller(Caller.Service));
        return next(context);
    }

    static Task RefuseAsync(HttpContext context, string challenge, string detail)
    {
        context.Response.Headers.WWWAuthenticate = challenge;
        return Problems.Unauthorized(detail).ExecuteAsync(context);
    }

    static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
