using AiPlatform.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace AiPlatform.WorkerRuntime;

/// <summary>The HTTP side of a worker; its probes are ServiceDefaults'.</summary>
public static class WorkerEndpoints
{
    /// <summary>Maps <c>GET /worker/status</c>: slots, jobs in hand, last claim, providers. Open, and free of secrets and job contents.</summary>
    public static void MapWorkerEndpoints(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/worker/status", Status).WithName("worker_status").DisableHttpMetrics();

    static JsonHttpResult<WorkerReport> Status(WorkerStatus status, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(status.Report(), ContractsJson.Default.WorkerReport);
    }
}
