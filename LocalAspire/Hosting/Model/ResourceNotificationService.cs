using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

public class ResourceNotificationService
{
    readonly Lock _lock = new();
    readonly Dictionary<string, ResourceEvent> _current = new(StringComparer.OrdinalIgnoreCase);
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ResourceNotificationService(IEnumerable<IResource> resources)
    {
        foreach (var resource in resources)
            _current[resource.Name] = new(resource, resource.Name, new() { ResourceType = resource.GetType().Name, Properties = [] });
    }

    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        lock (_lock)
            return _current.TryGetValue(resourceId, out resourceEvent);
    }

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default) =>
        WaitForResourceAsync(resourceName, change => change.Snapshot.State?.Text == (targetState ?? KnownResourceStates.Running), cancellationToken);

    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task changed;
            ResourceEvent? current;
            lock (_lock)
            {
                changed = _changed.Task;
                if (!_current.TryGetValue(resourceName, out current))
                    throw new DistributedApplicationException($"There is no resource '{resourceName}' in the application model.");
            }
            if (predicate(current))
                return current;
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until the resource is healthy and ready; throws when it has ended instead (StopOnResourceUnavailable).</summary>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        var change = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.HealthStatus == HealthStatus.Healthy || KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text),
            cancellationToken);
        if (change.Snapshot.HealthStatus == HealthStatus.Healthy)
            return change;
        var why = change.Snapshot.Failure?.Message ?? $"it is {change.Snapshot.State?.Text}";
        throw new DistributedApplicationException(
            $"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start: {why}", change.Snapshot.Failure!);
    }

    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Dictionary<string, ResourceEvent> seen = [];
        while (true)
        {
            Task changed;
            List<ResourceEvent> news;
            lock (_lock)
            {
                changed = _changed.Task;
                news = [.. _current.Values.Where(change => seen.GetValueOrDefault(change.ResourceId) != change)];
            }
            foreach (var change in news)
            {
                seen[change.ResourceId] = change;
                yield return change;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    internal void Publish(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            var before = _current[resource.Name];
            _current[resource.Name] = new(resource, resource.Name, change(before.Snapshot));
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
    }
}
