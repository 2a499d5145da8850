using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Runtime;

/// <summary>Aspire's own rules for endpoints, so that what starts here starts there, and the ports themselves.</summary>
static class EndpointRules
{
    public static void Allocate(Resource resource, PortPool ports, bool randomPorts)
    {
        foreach (var endpoint in resource.Plan.Endpoints)
        {
            if (Violation(resource, endpoint) is { } violation)
                throw new DistributedApplicationException($"Endpoint '{endpoint.Name}' of resource '{resource.Name}' {violation}");
            var wanted = resource.IsServer ? endpoint.Port : endpoint.Port ?? endpoint.TargetPort;
            if (wanted is not { } port || randomPorts)
                endpoint.AllocatedPorts = [.. Enumerable.Range(0, resource.Plan.Replicas).Select(_ => ports.Take())];
            else if (PortPool.IsFree(port))
                endpoint.AllocatedPorts = [port];
            else
                throw new DistributedApplicationException(
                    $"Port {port} for resource '{resource.Name}' is taken by another program; stop that program, "
                    + "or choose another port with HTTP_PORT.");
        }
    }

    static string? Violation(Resource resource, EndpointAnnotation endpoint) => endpoint switch
    {
        { TargetPort: null } when resource.IsServer => "needs a target port, as every container endpoint does.",
        _ when resource.IsServer => null,
        { IsProxied: false, Port: var port, TargetPort: var target } when port != target =>
            "has no proxy, so its port and target port must be equal.",
        { IsProxied: not false, Port: { } port, TargetPort: { } target } when port == target =>
            "has a proxy, so its port and target port must differ.",
        { IsProxied: not false, Port: not null, TargetPort: not null } =>
            "needs a proxy between port and target port, which LocalAspire does not have.",
        { TargetPort: not null } or { IsProxied: false } when resource.Plan.Replicas > 1 =>
            "cannot fix a target port or skip the proxy with replicas.",
        { Port: not null } when resource.Plan.Replicas > 1 =>
            "has a fixed port and replicas, which needs a load balancer that LocalAspire does not have.",
        _ => null,
    };
}
