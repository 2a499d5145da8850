using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Runtime;

namespace Aspire.Hosting;

public static partial class ResourceBuilderExtensions
{
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = new EndpointAnnotation(name ?? "http", "http", port, targetPort, isProxied) { EnvironmentVariable = env };
        if (builder.GetEndpoint(endpoint.Name).Exists)
            throw new DistributedApplicationException($"Endpoint with name '{endpoint.Name}' already exists on resource '{builder.Resource.Name}'.");
        builder.Resource.Plan().Endpoints.Add(endpoint);
        return builder;
    }

    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Plan().Endpoints.Where(endpoint => endpoint.UriScheme is "http" or "https"))
            endpoint.IsExternal = true;
        return builder;
    }

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints =>
        new(builder.Resource, name);

    /// <summary>Changes how the endpoint's own URL is shown.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource
    {
        builder.Resource.Plan().UrlCallbacks.Add(urls =>
        {
            if (urls.Find(url => url.Endpoint?.EndpointName == endpointName) is { } url)
                callback(url);
        });
        return builder;
    }

    /// <summary>Shows another URL of the endpoint; one that starts with a slash is relative to it.</summary>
    public static IResourceBuilder<T> WithUrlForEndpoint<T>(
        this IResourceBuilder<T> builder, string endpointName, Func<EndpointReference, ResourceUrlAnnotation> callback)
        where T : IResourceWithEndpoints
    {
        builder.Resource.Plan().UrlCallbacks.Add(urls => urls.Add(callback(builder.GetEndpoint(endpointName))));
        return builder;
    }

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(
        this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        builder.Resource.Plan().HealthChecks.Add(
            new HttpHealthCheck(HttpEndpoint(builder, endpointName, "HTTP health check").EndpointAnnotation, path ?? "/", statusCode ?? 200));
        return builder;
    }

    /// <summary>A command that sends a request (POST unless the options say otherwise) to the resource.</summary>
    public static IResourceBuilder<TResource> WithHttpCommand<TResource>(
        this IResourceBuilder<TResource> builder,
        string path,
        string displayName,
        string? endpointName = null,
        string? commandName = null,
        HttpCommandOptions? commandOptions = null)
        where TResource : IResourceWithEndpoints
    {
        var command = new HttpCommand(displayName, HttpEndpoint(builder, endpointName, "HTTP command"), path, commandOptions ?? new());
        builder.Resource.Plan().Commands[commandName ?? command.DefaultName] = command.ExecuteAsync;
        return builder;
    }

    /// <summary>As in Aspire the endpoint must be there already: these calls come after WithHttpEndpoint.</summary>
    static EndpointReference HttpEndpoint<T>(IResourceBuilder<T> builder, string? name, string purpose) where T : IResourceWithEndpoints
    {
        string[] names = name is null ? ["http", "https"] : [name];
        return names.Select(builder.GetEndpoint).FirstOrDefault(endpoint => endpoint.Exists) ?? throw new DistributedApplicationException(
            $"Could not create {purpose} for resource '{builder.Resource.Name}' as no endpoint was found matching one of the specified names: "
            + string.Join(", ", names));
    }
}
