namespace Aspire.Hosting.ApplicationModel;

public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    public IResourceWithEndpoints Resource { get; } = owner;

    public string EndpointName { get; } = endpointName;

    public bool Exists => Find() is not null;

    public bool IsAllocated => Find() is { AllocatedPorts.Count: > 0 };

    public string Scheme => EndpointAnnotation.UriScheme;

    // The servers listen on IPv4 only, and "localhost" would first be tried as IPv6.
    public string Host => Scheme == "tcp" ? "127.0.0.1" : "localhost";

    public int Port => Allocated.AllocatedPorts[0];

    public string Url => Allocated.Url(0);

    public EndpointAnnotation EndpointAnnotation => Find()
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' does not exist on the resource '{Resource.Name}'.");

    EndpointAnnotation Allocated => IsAllocated
        ? EndpointAnnotation
        : throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' is not allocated before the start.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        if (Allocated.AllocatedPorts.Count > 1)
            throw new DistributedApplicationException(
                $"Resource '{Resource.Name}' has {Allocated.AllocatedPorts.Count} replicas and LocalAspire has no load balancer before them, "
                + "so no other resource can refer to its endpoint.");
        return ValueTask.FromResult<string?>(Url);
    }

    EndpointAnnotation? Find() => ((Resource)Resource).Plan.Endpoints.Find(
        endpoint => string.Equals(endpoint.Name, EndpointName, StringComparison.OrdinalIgnoreCase));
}
