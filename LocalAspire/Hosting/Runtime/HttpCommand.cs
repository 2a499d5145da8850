using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.Runtime;

sealed class HttpCommand(string displayName, EndpointReference endpoint, string path, HttpCommandOptions options)
{
    HttpMethod Method => options.Method ?? HttpMethod.Post;

    /// <summary>Aspire's own rule for a command without a name.</summary>
    public string DefaultName => $"{endpoint.Resource.Name}-{endpoint.EndpointName}-http-{Method.Method.ToLowerInvariant()}-{path}";

    public async Task<ExecuteCommandResult> ExecuteAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (!endpoint.IsAllocated)
            return new() { Success = false, Message = $"{displayName}: the endpoints are not yet allocated." };
        using var client = services.GetRequiredService<IHttpClientFactory>().CreateClient();
        using var request = new HttpRequestMessage(Method, new UriBuilder(endpoint.Url) { Path = path }.Uri);
        if (options.PrepareRequest is { } prepare)
            await prepare(new()
            {
                Services = services,
                ResourceName = endpoint.Resource.Name,
                Endpoint = endpoint,
                CancellationToken = cancellationToken,
                HttpClient = client,
                Request = request,
            });
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? new() { Success = true }
                : new() { Success = false, Message = $"{displayName}: the request failed with status code {(int)response.StatusCode}." };
        }
        catch (HttpRequestException exception)
        {
            return new() { Success = false, Message = $"{displayName}: {exception.Message}" };
        }
    }
}
