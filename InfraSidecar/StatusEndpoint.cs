using AiPlatform.Contracts.Infra;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiPlatform.InfraSidecar;

static class StatusEndpoint
{
    public static void MapStatus(this WebApplication app)
    {
        app.UseStatusCodePages();
        app.MapGet("/status", Status)
            .WithName("GetInfraStatus")
            .WithSummary("GPUs, containers and model servers of this machine")
            .AddEndpointFilter<StatusToken>();
    }

    static JsonHttpResult<InfraStatus> Status(StatusReport report, HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(report.Current(), InfraJson.Default.InfraStatus);
    }
}
