using AiPlatform.Api.Chat;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiPlatform.Api.Endpoints;

/// <summary>Open routes that callers of the older services know; orchestrators use <c>/healthz</c> and <c>/readyz</c>.</summary>
static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/health").WithTags("Health").AllowAnonymous();
        health.MapGet("", Get).WithName("get_health").WithSummary("Whether the process answers");
        health.MapGet("/provider", GetProviderAsync)
            .WithName("get_provider_health").WithSummary("The active chat provider, its model, and whether it is configured");
    }

    static Ok<Health> Get() => TypedResults.Ok(new Health("ok"));

    static async Task<Ok<ProviderHealth>> GetProviderAsync(LiveWorkers workers, CancellationToken cancellationToken) =>
        TypedResults.Ok(ChatProfiles.Active(await workers.ListAsync(cancellationToken)));
}
