namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    static readonly HttpClient _http = new();

    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointAnnotation(name ?? "http", "http", port, targetPort, isProxied) { EnvironmentVariable = env };
        if (builder.GetEndpoint(endpoint.Name).Exists)
            throw new DistributedApplicationException($"Endpoint with name '{endpoint.Name}' already exists on resource '{builder.Resource.Name}'.");
        return builder.With(resource => resource.Endpoints.Add(endpoint));
    }

    /// <summary>Every endpoint here is on this machine, and none is reachable from another.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints => builder;

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);

    /// <summary>Changes how the endpoint's own URL is shown.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource =>
        builder.With(resource => resource.UrlCallbacks.Add(urls => urls.FindAll(url => url.EndpointName == endpointName).ForEach(callback)));

    /// <summary>Shows another URL of the endpoint; one that starts with a slash is relative to it.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback)
        where T : IResourceWithEndpoints =>
        builder.With(resource => resource.UrlCallbacks.Add(urls => urls.Add(callback(builder.GetEndpoint(endpointName)))));

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = HttpEndpoint(builder, "HTTP health check").Annotation;
        return builder.With(resource => resource.HealthChecks.Add(async cancellationToken =>
        {
            foreach (var url in endpoint.Urls)
            {
                using var response = await _http.GetAsync(new Uri(url + path), cancellationToken);
                response.EnsureSuccessStatusCode();
            }
        }));
    }

    /// <summary>A command that posts to the resource.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        var endpoint = HttpEndpoint(builder, "HTTP command");
        var name = commandName ?? $"{builder.Resource.Name}-{endpoint.EndpointName}-http-post-{path}";
        return builder.With(resource => resource.Commands[name] = async cancellationToken =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint.Url + path));
            if (commandOptions?.PrepareRequest is { } prepare)
                await prepare(new() { Request = request, CancellationToken = cancellationToken });
            try
            {
                using var response = await _http.SendAsync(request, cancellationToken);
                return response.IsSuccessStatusCode
                    ? new() { Success = true }
                    : new() { Success = false, Message = $"{displayName}: the request failed with status code {(int)response.StatusCode}." };
            }
            catch (HttpRequestException exception)
            {
                return new() { Success = false, Message = $"{displayName}: {exception.Message}" };
            }
        });
    }

    /// <summary>As in Aspire the endpoint must be there already: these calls come after WithHttpEndpoint.</summary>
    static EndpointReference HttpEndpoint<T>(IResourceBuilder<T> builder, string purpose) where T : IResourceWithEndpoints =>
        builder.GetEndpoint("http") is { Exists: true } endpoint ? endpoint : throw new DistributedApplicationException(
            $"Could not create {purpose} for resource '{builder.Resource.Name}' as no endpoint was found matching one of the specified names: http, https");
}
