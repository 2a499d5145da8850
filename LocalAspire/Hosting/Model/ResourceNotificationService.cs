using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

public class ResourceNotificationService
{
    readonly Lock _lock = new();
    readonly Dictionary<string, ResourceEvent> _current;
    TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ResourceNotificationService(IEnumerable<IResource> resources) => _current = resources.ToDictionary(
        resource => resource.Name, resource => new ResourceEvent(resource, resource.Name, new()), StringComparer.OrdinalIgnoreCase);

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
            $"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start: {why}", change.Snapshot.Failure);
    }

    internal void Publish(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _current[resource.Name] = _current[resource.Name] with { Snapshot = change(_current[resource.Name].Snapshot) };
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.SetResult();
    }
}
