using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Runtime;

/// <summary>
/// The ports of one run, by Aspire's own rules, so that what starts here starts there. Each stays bound until the end by a socket that never
/// listens: the kernel gives it to nobody else, and a server that sets SO_REUSEADDR, as Kestrel, Postgres and Redis do, listens on it all the same.
/// </summary>
sealed class PortPool(bool ignoresFixedPorts) : IDisposable
{
    readonly List<Socket> _held = [];

    public void Allocate(Resource resource)
    {
        foreach (var endpoint in resource.Endpoints)
        {
            if (Violation(endpoint, resource.Replicas) is { } violation)
                throw new DistributedApplicationException($"Endpoint '{endpoint.Name}' of resource '{resource.Name}' {violation}");
            var port = ignoresFixedPorts ? 0 : endpoint.Port ?? endpoint.TargetPort ?? 0;
            endpoint.AllocatedPorts = [.. Enumerable.Range(0, resource.Replicas).Select(_ => Hold(port, resource.Name))];
        }
    }

    public void Dispose() => _held.ForEach(socket => socket.Dispose());

    int Hold(int port, string resource)
    {
        // .NET sets SO_REUSEADDR on every TCP socket that it binds on Unix.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _held.Add(socket);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException exception)
        {
            throw new DistributedApplicationException(
                $"Port {port} for resource '{resource}' is taken by another program; stop that program, or choose another port with HTTP_PORT.", exception);
        }
    }

    static string? Violation(EndpointAnnotation endpoint, int replicas) => endpoint switch
    {
        { IsProxied: false, Port: var port, TargetPort: var target } when port != target =>
            "has no proxy, so its port and target port must be equal.",
        { IsProxied: not false, Port: { } port, TargetPort: { } target } when port == target =>
            "has a proxy, so its port and target port must differ.",
        { IsProxied: not false, Port: not null, TargetPort: not null } =>
            "needs a proxy between port and target port, which LocalAspire does not have.",
        { TargetPort: not null } or { IsProxied: false } when replicas > 1 =>
            "cannot fix a target port or skip the proxy with replicas.",
        { Port: not null } when replicas > 1 =>
            "has a fixed port and replicas, which needs a load balancer that LocalAspire does not have.",
        _ => null,
    };
}
