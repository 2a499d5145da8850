namespace Aspire.Hosting.ApplicationModel;

public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    public IResourceWithEndpoints Resource { get; } = owner;

    public string EndpointName { get; } = endpointName;

    public bool Exists => Find() is not null;

    public string Url => Annotation.Urls.FirstOrDefault()
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' of '{Resource.Name}' is not allocated before the start.");

    internal EndpointAnnotation Annotation => Find()
        ?? throw new InvalidOperationException($"The endpoint '{EndpointName}' does not exist on the resource '{Resource.Name}'.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default)
    {
        if (Annotation.AllocatedPorts.Count > 1)
            throw new DistributedApplicationException(
                $"Resource '{Resource.Name}' has {Annotation.AllocatedPorts.Count} replicas and LocalAspire has no load balancer before them, "
                + "so no other resource can refer to its endpoint.");
        return ValueTask.FromResult<string?>(Url);
    }

    EndpointAnnotation? Find() => ((Resource)Resource).Endpoints.Find(
        endpoint => string.Equals(endpoint.Name, EndpointName, StringComparison.OrdinalIgnoreCase));
}
