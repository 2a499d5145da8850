namespace Aspire.Hosting.ApplicationModel;

sealed record EndpointAnnotation(string Name, string Scheme, int? Port, int? TargetPort = null, bool? IsProxied = null)
{
    public string? EnvironmentVariable { get; init; }

    /// <summary>One port per replica, filled in before anything starts.</summary>
    public IReadOnlyList<int> AllocatedPorts { get; set; } = [];

    public IEnumerable<string> Urls => AllocatedPorts.Select(port => $"{Scheme}://localhost:{port}");
}
