using System.Diagnostics;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Access;

/// <summary>Who makes the request: a parameter of handlers that look at it.</summary>
sealed record RequestCaller(Caller Caller)
{
    public JobScope Scope => Caller.Scope;

    public static ValueTask<RequestCaller> BindAsync(HttpContext context) => new(Of(context));

    /// <summary>Set for every request before its route is run.</summary>
    public static RequestCaller Of(HttpContext context) =>
        context.Features.Get<RequestCaller>() ?? throw new UnreachableException("Every request has a caller before its route is run.");
}
