using System.Diagnostics;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Access;

/// <summary>Who makes the request: a parameter of handlers that look at it.</summary>
/// <param name="StaysIn">Whether it would still be let in, as one that sees the same; null for always.</param>
sealed record RequestCaller(Caller Caller, Func<bool>? StaysIn = null)
{
    public JobScope Scope => Caller.Scope;

    /// <summary>Whether it is not revoked and sees the same as when it was let in; asked again where a request was open for a while.</summary>
    public bool IsStillIn => StaysIn?.Invoke() is not false;

    public static ValueTask<RequestCaller> BindAsync(HttpContext context) => new(Of(context));

    /// <summary>Set for every request before its route is run.</summary>
    public static RequestCaller Of(HttpContext context) =>
        context.Features.Get<RequestCaller>() ?? throw new UnreachableException("Every request has a caller before its route is run.");
}
