using Aspire.Hosting.Runtime;

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

    internal ResourcePlan Plan { get; } = new();

    /// <summary>Parameters only hold a value; everything else is started, watched and stopped.</summary>
    internal virtual bool HasLifetime => true;

    internal virtual bool IsServer => false;

    /// <summary>What must be launched; nothing for a resource that lives inside another.</summary>
    internal virtual Task<IReadOnlyList<ProcessStart>> PrepareAsync(LocalContext context, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ProcessStart>>([]);

    internal virtual Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    /// <summary>Runs once after each start, when the resource answers and before anything that waits for it goes on.</summary>
    internal virtual Task OnReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    internal IEnumerable<UrlSnapshot> GetUrls()
    {
        foreach (var endpoint in Plan.Endpoints)
        {
            var reference = new EndpointReference((IResourceWithEndpoints)this, endpoint.Name);
            var urls = endpoint.AllocatedPorts
                .Select((_, replica) => new ResourceUrlAnnotation { Url = endpoint.Url(replica), Endpoint = reference })
                .ToList();
            foreach (var addOrChange in Plan.UrlCallbacks)
                addOrChange(urls);
            foreach (var url in urls)
            {
                var absolute = url.Url.StartsWith('/') ? endpoint.Url(0) + url.Url : url.Url;
                yield return new(endpoint.Name, absolute, IsInternal: false) { DisplayProperties = new(url.DisplayText ?? "") };
            }
        }
    }
}
