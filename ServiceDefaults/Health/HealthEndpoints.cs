using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.ServiceDefaults.Health;

internal static class HealthEndpoints
{
    // Below the usual probe timeouts' sum, and long enough for a new connection to a busy server.
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(4);

    public static void AddReadiness(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHealthChecks();
        // The checks of client packages come without a limit of their own.
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var check in options.Registrations.Where(check => check.Timeout == Timeout.InfiniteTimeSpan))
                check.Timeout = CheckTimeout;
        });
    }

    public static void MapHealthEndpoints(this IEndpointRouteBuilder routes)
    {
        var probes = routes.MapGroup("").DisableHttpMetrics().AllowAnonymous().ExcludeFromDescription();
        probes.MapGet("/healthz", Live);
        probes.MapGet("/readyz", ReadyAsync);
    }

    private static JsonHttpResult<LivenessReport> Live() => TypedResults.Json(new LivenessReport("ok"), HealthJson.Default.LivenessReport);

    private static async Task<JsonHttpResult<ReadinessReport>> ReadyAsync(Readiness readiness, HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        var report = await readiness.ReportAsync(cancellationToken);
        var status = report.Status == ReadinessReport.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return TypedResults.Json(report, HealthJson.Default.ReadinessReport, statusCode: status);
    }
}
