using AiPlatform.Contracts;

namespace AiPlatform.Api.Errors;

static class ProblemRoutes
{
    /// <summary>Documents the statuses of a body that cannot be read.</summary>
    public static RouteHandlerBuilder RefusesBodies(this RouteHandlerBuilder route) => route.Refuses(
        StatusCodes.Status400BadRequest, StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType);

    /// <summary>Documents the further error statuses of a route.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            route.Produces<Problem>(status, ProblemResult.MediaType);
        return route;
    }
}
