namespace Aspire.Hosting.ApplicationModel;

public abstract class Resource : IResource
{
    protected Resource(string name)
    {
        // Aspire's own naming rule: a name that passes here must pass there.
        if (name is not { Length: > 0 and <= 64 } || !char.IsAsciiLetter(name[0]) || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
            throw new ArgumentException(
                $"Resource name '{name}' is invalid: use 1 to 64 ASCII letters, digits and hyphens, starting with a letter.", nameof(name));
        Name = name;
    }

    public string Name { get; }

    internal List<EndpointAnnotation> Endpoints { get; } = [];

    internal List<Action<EnvironmentCallbackContext>> EnvironmentCallbacks { get; } = [];

    internal List<string> Arguments { get; } = [];

    internal List<Resource> WaitsFor { get; } = [];

    /// <summary>Each throws while the resource is not healthy.</summary>
    internal List<Func<CancellationToken, Task>> HealthChecks { get; } = [];

    internal List<Action<List<ResourceUrlAnnotation>>> UrlCallbacks { get; } = [];

    internal Dictionary<string, Func<CancellationToken, Task<ExecuteCommandResult>>> Commands { get; } = [];

    internal int Replicas { get; set; } = 1;

    internal bool ExplicitStart { get; set; }

    /// <summary>Set by WithDataVolume: the data outlives the run.</summary>
    internal bool KeepsData { get; set; }

    /// <summary>What must be launched; nothing for a resource that lives inside another.</summary>
    internal virtual Task<IReadOnlyList<ProcessStart>> PrepareAsync(RunContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ProcessStart>>([]);

    internal IEnumerable<UrlSnapshot> GetUrls()
    {
        foreach (var endpoint in Endpoints)
        {
            var urls = endpoint.Urls.Select(url => new ResourceUrlAnnotation { Url = url, EndpointName = endpoint.Name }).ToList();
            foreach (var addOrChange in UrlCallbacks)
                addOrChange(urls);
            foreach (var url in urls)
                yield return new(endpoint.Name, url.Url.StartsWith('/') ? endpoint.Urls.First() + url.Url : url.Url, IsInternal: false);
        }
    }
}
