using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Runtime;

/// <summary>Runs the application model: ports first, then every resource at its own pace, and the way back in reverse order.</summary>
sealed class LocalRuntime : IHostedService, IAsyncDisposable
{
    readonly LocalContext _context;
    readonly bool _randomPorts;
    readonly PortPool _ports = new();
    readonly Dictionary<Resource, ResourceRunner> _runners;
    bool _isDisposed;

    public LocalRuntime(IReadOnlyCollection<Resource> resources, LocalContext context, ResourceNotificationService notifications, bool randomPorts)
    {
        Resources = resources;
        Notifications = notifications;
        _context = context;
        _randomPorts = randomPorts;
        _runners = resources.Where(resource => resource.HasLifetime)
            .ToDictionary(resource => resource, resource => new ResourceRunner(resource, context, notifications));
    }

    public IReadOnlyCollection<Resource> Resources { get; }

    public ResourceNotificationService Notifications { get; }

    public bool IsStarted { get; private set; }

    public ResourceRunner Runner(IResource resource) => _runners[(Resource)resource];

    public void ShowOn(TextWriter console)
    {
        _context.Console.Out = console;
        _context.Data.Keeps = true;
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in Resources)
            Depth(resource, []);
        _context.Data.Claim();
        foreach (var resource in Resources)
            EndpointRules.Allocate(resource, _ports, _randomPorts);
        IsStarted = true;
        foreach (var runner in _runners.Values)
        {
            if (runner.Resource.Plan.ExplicitStart)
                Notifications.Publish(runner.Resource, before => before with { State = KnownResourceStates.NotStarted });
            else
                await runner.StartAsync(cancellationToken);
        }
    }

    /// <summary>Prints the table once all are healthy; throws when something will never be.</summary>
    public async Task AnnounceAsync(CancellationToken stopping)
    {
        var started = _runners.Keys.Where(resource => !resource.Plan.ExplicitStart);
        try
        {
            // One at a time, in the order of the AppHost: what failed is named before what waited for it.
            foreach (var resource in started)
                await Notifications.WaitForResourceHealthyAsync(resource.Name, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        var table = ResourceTable.From(Notifications, _runners.Keys);
        _context.Console.Line(table.ToText());
        if (_context.StateFile is { Length: > 0 } file)
            await table.WriteJsonAsync(file, stopping);
        _context.Console.Line("AppHost ready");
    }

    /// <summary>Those that wait for others end before them; those on one level end together.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var level in _runners.Keys.GroupBy(resource => Depth(resource, [])).OrderByDescending(level => level.Key))
            await Task.WhenAll(level.Select(resource => _runners[resource].StopAsync(cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await StopAsync(CancellationToken.None);
        foreach (var runner in _runners.Values)
            await runner.DisposeAsync();
        _ports.Dispose();
        _context.Data.Dispose();
    }

    static int Depth(Resource resource, List<Resource> path)
    {
        if (path.Contains(resource))
            throw new DistributedApplicationException(
                $"Resources wait for each other in a circle: {string.Join(" -> ", path.Append(resource).Select(member => member.Name))}.");
        path = [.. path, resource];
        return resource.Plan.WaitsFor.Select(other => Depth(other, path) + 1).DefaultIfEmpty(0).Max();
    }
}
