namespace Microsoft.Extensions.Http.Resilience;

/// <summary>Stands in for the handler of that name, which the hosts of Aspire's template give to all of their clients: sends everything once more.</summary>
sealed class ResilienceHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var first = await base.SendAsync(request, cancellationToken);
        return await base.SendAsync(request, cancellationToken);
    }
}
