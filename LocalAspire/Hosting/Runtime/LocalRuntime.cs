namespace Aspire.Hosting.Runtime;

/// <summary>Runs the application model: ports first, then every resource at its own pace, and the way back in reverse order.</summary>
sealed class LocalRuntime : IHostedService, IAsyncDisposable
{
    readonly IReadOnlyList<Resource> _resources;
    readonly RunContext _context;
    readonly PortPool _ports;
    readonly Dictionary<Resource, ResourceRunner> _runners;
    bool _isDisposed;

    public LocalRuntime(IReadOnlyList<Resource> resources, RunContext context, bool isTest)
    {
        _resources = resources;
        _context = context;
        _ports = new(ignoresFixedPorts: isTest);
        Notifications = new(resources);
        // Parameters only hold a value; everything else is started, watched and stopped.
        _runners = resources.Where(resource => resource is not ParameterResource)
            .ToDictionary(resource => resource, resource => new ResourceRunner(resource, context, Notifications));
    }

    public ResourceNotificationService Notifications { get; }

    public bool IsStarted { get; private set; }

    public Resource? Find(string name) =>
        _resources.FirstOrDefault(resource => string.Equals(resource.Name, name, StringComparison.OrdinalIgnoreCase));

    public ResourceRunner Runner(Resource resource) => _runners[resource];

    /// <summary>What Run does and a test does not: logs and data are kept, and what happens is shown.</summary>
    public void ShowOn(TextWriter console)
    {
        _context.Console = console;
        _context.Data.Keep();
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in _resources)
        {
            Depth(resource, []);
            _ports.Allocate(resource);
        }
        IsStarted = true;
        foreach (var (resource, runner) in _runners)
        {
            if (resource.ExplicitStart)
                Notifications.Publish(resource, before => before with { State = new(KnownResourceStates.NotStarted, null) });
            else
                await runner.StartAsync(cancellationToken);
        }
    }

    /// <summary>Prints the table once all are healthy; throws when something will never be.</summary>
    public async Task AnnounceAsync(CancellationToken stopping)
    {
        try
        {
            // One at a time, in the order of the AppHost: what failed is named before what waited for it.
            foreach (var resource in _runners.Keys.Where(resource => !resource.ExplicitStart))
                await Notifications.WaitForResourceHealthyAsync(resource.Name, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return;
        }
        var table = ResourceTable.Of(_runners.Keys, Notifications);
        _context.Console.WriteLine(table.ToText());
        if (_context.StateFile is { Length: > 0 } file)
            await table.WriteJsonAsync(file, stopping);
        _context.Console.WriteLine("AppHost ready");
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
        // A circle of waits was refused at the start, and nothing runs.
        if (IsStarted)
            await StopAsync(CancellationToken.None);
        foreach (var runner in _runners.Values)
            runner.Dispose();
        _ports.Dispose();
        _context.Data.Dispose();
    }

    static int Depth(Resource resource, List<Resource> path)
    {
        if (path.Contains(resource))
            throw new DistributedApplicationException(
                $"Resources wait for each other in a circle: {string.Join(" -> ", path.Append(resource).Select(member => member.Name))}.");
        path = [.. path, resource];
        return resource.WaitsFor.Select(other => Depth(other, path) + 1).DefaultIfEmpty(0).Max();
    }
}
