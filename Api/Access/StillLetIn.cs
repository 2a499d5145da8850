using AiPlatform.Api.Errors;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Access;

/// <summary>
/// Asks again whether the caller would be let in, once the body has come and once there is an answer: both may take minutes, in which its token was revoked. What was done for it stays
/// done; it is told nothing of it.
/// </summary>
sealed class StillLetIn(AccessTelemetry telemetry) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext;
        var caller = RequestCaller.Of(request);
        if (!caller.IsStillIn)
            return Refuse(request, caller);
        var answer = await next(context);
        return caller.IsStillIn || request.Response.HasStarted || IsForAdministrators(request) ? answer : Refuse(request, caller);
    }

    /// <summary>Their routes wait for nothing, and who shuts itself out by one is told that it is done; so is who makes the first caller.</summary>
    static bool IsForAdministrators(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>()?.AnyOf is [CallerRole.Admin];

    ProblemResult Refuse(HttpContext context, RequestCaller caller)
    {
        telemetry.Failed(AccessFailure.Revoked, context, caller.Caller.Name);
        context.Response.Headers.WWWAuthenticate = BearerToken.InvalidToken;
        return Problems.NoLongerIn();
    }
}
