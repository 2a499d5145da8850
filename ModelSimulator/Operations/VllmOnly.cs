using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Operations;

/// <summary>Routes that no other server has.</summary>
static class VllmOnly
{
    public static RequestDelegate Of(RequestDelegate route) => context =>
    {
        if (Personality.Of(context).Kind == ServerKind.Vllm)
            return route(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };
}
