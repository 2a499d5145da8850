using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Infra;
using AiPlatform.Api.Requests;
using AiPlatform.Api.Status;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiPlatform.Api.Endpoints;

/// <summary>What an operator looks at: counts, providers, the AI server.</summary>
static class StatusEndpoints
{
    public static void MapStatus(this IEndpointRouteBuilder routes)
    {
        var status = routes.MapGroup("").WithTags("Status");
        status.MapGet("/stats", StatsAsync).Needs(CallerRole.Read)
            .WithName("get_stats").WithSummary("Counts by status, task type, profile and owner, errors, and the oldest waiting age");
        status.MapGet("/providers/status", ProvidersAsync).Needs(CallerRole.Read)
            .WithName("get_providers").WithSummary("Each configured model provider, as each live worker sees it");
        status.MapGet("/infra/status", InfraAsync).Needs(CallerRole.Read).OfThePlatform().Within(RouteTimeouts.Sidecars)
            .WithName("get_infra").WithSummary("GPUs, containers and model servers of the AI servers, as their sidecars tell them");
    }

    static async Task<Results<Ok<QueueStats>, ProblemResult>> StatsAsync(RequestCaller caller, JobQueue queue, CancellationToken cancellationToken) =>
        TypedResults.Ok(await queue.StatsAsync(caller.Scope, cancellationToken));

    static async Task<Results<Ok<ProvidersStatus>, ProblemResult>> ProvidersAsync(LiveWorkers workers, CancellationToken cancellationToken)
    {
        var live = await workers.ListAsync(cancellationToken);
        return TypedResults.Ok(new ProvidersStatus(
            [.. live.OrderBy(worker => worker.WorkerId, StringComparer.Ordinal)
                .Select(worker => new WorkerProviders(worker.WorkerId, worker.Kind, worker.ReportedAt, worker.Providers, worker.ConfigurationProblem))]));
    }

    static async Task<Results<Ok<InfraReport>, ProblemResult>> InfraAsync(Sidecars sidecars, CancellationToken cancellationToken) =>
        TypedResults.Ok(await sidecars.ReportAsync(cancellationToken));
}
