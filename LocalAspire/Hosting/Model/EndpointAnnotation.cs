namespace Aspire.Hosting.ApplicationModel;

public sealed class EndpointAnnotation(string name, string uriScheme, int? port, int? targetPort, bool? isProxied)
{
    public string Name { get; } = name;

    public string UriScheme { get; } = uriScheme;

    public int? Port { get; } = port;

    public int? TargetPort { get; } = targetPort;

    public bool? IsProxied { get; } = isProxied;

    public bool IsExternal { get; set; }

    /// <summary>One port per replica, filled in before anything starts.</summary>
    internal IReadOnlyList<int> AllocatedPorts { get; set; } = [];

    internal string? EnvironmentVariable { get; init; }

    internal string Url(int replica) => $"{UriScheme}://localhost:{AllocatedPorts[replica]}";
}
