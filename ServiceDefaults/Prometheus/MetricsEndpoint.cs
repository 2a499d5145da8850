using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.ServiceDefaults.Prometheus;

/// <summary><c>GET /metrics</c>: every instrument of the process, as Prometheus reads them. A scraper that accepts OpenMetrics gets it, with exemplars.</summary>
static class MetricsEndpoint
{
    const string OpenMetrics = "application/openmetrics-text";

    public static void MapMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", Scrape).DisableHttpMetrics().AllowAnonymous().ExcludeFromDescription();

    static IResult Scrape(ScrapeReader reader, HttpRequest request)
    {
        var isOpen = MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
            && accepted.Any(type => type.MediaType.Equals(OpenMetrics, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
        return reader.Scrape(isOpen) is { } page
            ? TypedResults.Text(page, isOpen ? $"{OpenMetrics}; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8")
            : TypedResults.StatusCode(StatusCodes.Status503ServiceUnavailable);
    }
}
