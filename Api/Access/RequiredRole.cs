using AiPlatform.Contracts;

namespace AiPlatform.Api.Access;

/// <summary>What a route asks of its caller.</summary>
/// <param name="AnyOf">One of these is enough; administrators have them all.</param>
sealed record RequiredRole(IReadOnlyList<CallerRole> AnyOf);

/// <summary>The route tells of things that belong to no owner: callers of named owner services are refused.</summary>
sealed class PlatformOnly;

static class RequiredRoleExtensions
{
    public static TBuilder Needs<TBuilder>(this TBuilder route, params CallerRole[] anyOf) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new RequiredRole(anyOf));

    public static TBuilder OfThePlatform<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new PlatformOnly());
}
