using AiPlatform.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.ServiceDefaults.Health;

static class HealthEndpoints
{
    // Long enough for a new connection to a busy server, and shorter than the 5 s that orchestrators usually grant a probe.
    static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(4);

    public static void AddReadiness(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddHealthChecks();
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var check in options.Registrations)
                Harden(check);
        });
    }

    public static void MapHealthEndpoints(this IEndpointRouteBuilder routes)
    {
        var probes = routes.MapGroup("").DisableHttpMetrics().AllowAnonymous().ExcludeFromDescription().WithMetadata(new ClientCertificates.Probe());
        probes.MapGet("/healthz", Live);
        probes.MapGet("/readyz", ReadyAsync);
    }

    // The checks of client packages have no time limit, and one that cannot be constructed would turn the whole answer into a 500.
    static void Harden(HealthCheckRegistration check)
    {
        if (check.Timeout == Timeout.InfiniteTimeSpan)
            check.Timeout = CheckTimeout;
        var construct = check.Factory;
        check.Factory = services =>
        {
            try
            {
                return construct(services);
            }
            catch (Exception fault)
            {
                return new BrokenCheck(fault);
            }
        };
    }

    static JsonHttpResult<LivenessReport> Live() => TypedResults.Json(new LivenessReport("ok"), HealthJson.Default.LivenessReport);

    static async Task<JsonHttpResult<ReadinessReport>> ReadyAsync(
        Readiness readiness, HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.Headers.CacheControl = "no-store";
        var report = await readiness.ReportAsync(cancellationToken);
        var status = report.Status == ReadinessReport.Unavailable ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        return TypedResults.Json(report, HealthJson.Default.ReadinessReport, statusCode: status);
    }
}
