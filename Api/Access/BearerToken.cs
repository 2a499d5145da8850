using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Authorization;

namespace AiPlatform.Api.Access;

/// <summary>
/// Says who makes a request, and whether the route is for it. A token is asked for on every route that is not marked as open, and a route that names no role is for
/// administrators: a new route is closed unless it says otherwise. What is no route but the router's refusal of a method or a media type (405, 415) needs no role: it is told
/// to every caller, and at the path of an open route to anybody. Without <c>AI_SERVICE_TOKEN</c> and callers nobody is asked.
/// </summary>
sealed class BearerToken(
    RequestDelegate next, CallerDirectory callers, FailedAttempts attempts, RequestRates rates, AccessTelemetry telemetry, EndpointDataSource endpoints)
{
    const string Scheme = "Bearer ";
    public const string InvalidToken = "Bearer error=\"invalid_token\"";

    /// <summary>Who asks for an open route, and may see nothing of anybody.</summary>
    static readonly RequestCaller Anyone = new(new Caller { Name = "", Roles = [], OwnerServices = [] });

    /// <summary>Who asks while nobody is asked for a token; until the first caller is made.</summary>
    readonly RequestCaller _everybody = new(Caller.Service, () => callers.IsOpen);

    public Task InvokeAsync(HttpContext context)
    {
        // Without an endpoint there is nothing to protect: the answer will be 404.
        if (context.GetEndpoint() is not { } endpoint || IsForAnybody(endpoint) || (endpoint is not RouteEndpoint && IsPathOfOpenRoute(context.Request.Path)))
            return NextAsync(context, Anyone);
        return callers.IsOpen ? NextAsync(context, _everybody) : CheckAsync(context, endpoint);
    }

    static bool IsForAnybody(Endpoint endpoint) => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null;

    bool IsPathOfOpenRoute(PathString path) => endpoints.Endpoints.Any(
        endpoint => endpoint is RouteEndpoint { RoutePattern.RawText: { } text } && IsForAnybody(endpoint)
            && text.AsSpan().Trim('/').Equals(path.Value.AsSpan().Trim('/'), StringComparison.OrdinalIgnoreCase));

    Task CheckAsync(HttpContext context, Endpoint route)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return RefuseAsync(context, AccessFailure.Missing, "Bearer", "Send it as 'Authorization: Bearer <token>'.");
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return RefuseAsync(context, AccessFailure.Malformed, "Bearer", "The Authorization header must be 'Bearer <token>'.");

        var token = header[Scheme.Length..].Trim();
        var (caller, failure) = callers.Find(token);
        if (!CallerTokens.IsGenerated(token) && attempts.Judge(context.Connection.RemoteIpAddress, caller is not null) is { } pause)
        {
            telemetry.Failed(AccessFailure.Limited, context, Address(context));
            return Problems.OverLimit("Too many words that are no tokens came from this address.", pause).ExecuteAsync(context);
        }
        if (caller is null)
            return RefuseAsync(context, failure, InvalidToken, "The token is not valid, or no longer.");
        if (Lack(caller, route) is { } lack)
        {
            telemetry.Failed(AccessFailure.Forbidden, context, caller.Name);
            return Problems.Forbidden(lack).ExecuteAsync(context);
        }
        var request = new RequestCaller(caller, () => callers.Find(token).Caller is { } now && now.SeesAs(caller) && Lack(now, route) is null);
        return caller.RequestRate is { } rate ? WithinAsync(rate, context, request) : NextAsync(context, request);
    }

    async Task WithinAsync(double rate, HttpContext context, RequestCaller request)
    {
        var caller = request.Caller;
        if (await rates.TakeAsync(caller.Name, rate) is var pause && pause > TimeSpan.Zero)
        {
            await Problems.OverLimit(FormattableString.Invariant($"The caller '{caller.Name}' may make {rate} requests a second (request_rate)."), pause).ExecuteAsync(context);
            return;
        }
        await NextAsync(context, request);
    }

    /// <returns>Why the route is not for the caller; null where it is.</returns>
    static string? Lack(Caller caller, Endpoint endpoint)
    {
        if (endpoint is not RouteEndpoint)
            return null;
        var route = endpoint.Metadata;
        var anyOf = route.GetMetadata<RequiredRole>()?.AnyOf ?? [CallerRole.Admin];
        if (!anyOf.Any(caller.Has))
            return $"The route needs the role {string.Join(" or ", anyOf.Select(Wire.Word))}; the caller '{caller.Name}' has {string.Join(", ", caller.Roles.Select(Wire.Word))}.";
        return route.GetMetadata<PlatformOnly>() is not null && caller.OwnerServices is not null
            ? $"The route is for callers of the platform; the caller '{caller.Name}' is one of owner services."
            : null;
    }

    Task NextAsync(HttpContext context, RequestCaller caller)
    {
        context.Features.Set(caller);
        return next(context);
    }

    Task RefuseAsync(HttpContext context, AccessFailure failure, string challenge, string detail)
    {
        telemetry.Failed(failure, context, Address(context));
        context.Response.Headers.WWWAuthenticate = challenge;
        return Problems.Unauthorized(detail).ExecuteAsync(context);
    }

    static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "an unknown address";
}
