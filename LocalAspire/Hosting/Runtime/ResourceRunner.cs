using System.Runtime.InteropServices;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Runtime;

/// <summary>One resource's life: wait for what it needs, start, become healthy, end.</summary>
sealed class ResourceRunner(Resource resource, RunContext context, ResourceNotificationService notifications) : IDisposable
{
    static readonly TimeSpan _stopGrace = TimeSpan.FromSeconds(30);
    static readonly TimeSpan _healthCheckLimit = TimeSpan.FromSeconds(5);
    static readonly TimeSpan _unhealthyRecheck = TimeSpan.FromMilliseconds(200);
    static readonly TimeSpan _healthyRecheck = TimeSpan.FromSeconds(30);

    readonly SemaphoreSlim _turn = new(1, 1);
    CancellationTokenSource _ending = new();
    Task _life = Task.CompletedTask;
    volatile bool _isAlive;

    public Task StartAsync(CancellationToken cancellationToken) => InTurnAsync(
        async () =>
        {
            // Not the task tells: whoever saw the end announced may ask for a start before the task itself is over.
            if (_isAlive)
                return;
            await EndAsync();
            _ending.Dispose();
            _ending = new();
            _isAlive = true;
            Publish(KnownResourceStates.Waiting, []);
            _life = LiveAsync(_ending.Token);
        },
        cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => InTurnAsync(EndAsync, cancellationToken);

    public void Dispose()
    {
        _ending.Dispose();
        _turn.Dispose();
    }

    async Task InTurnAsync(Func<Task> act, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    async Task EndAsync()
    {
        await _ending.CancelAsync();
        await _life;
    }

    async Task LiveAsync(CancellationToken ending)
    {
        // Off the caller's path: starting one resource must not hold up the next.
        await Task.Yield();
        List<Replica> replicas = [];
        var end = resource is ProjectResource ? KnownResourceStates.Finished : KnownResourceStates.Exited;
        Exception? failure = null;
        try
        {
            await Task.WhenAll(resource.WaitsFor.Select(other => notifications.WaitForResourceHealthyAsync(other.Name, ending)));
            Publish(KnownResourceStates.Starting, replicas);
            foreach (var start in await resource.PrepareAsync(context, ending))
                replicas.Add(Launch(start, replicas.Count + 1));
            Publish(KnownResourceStates.Running, replicas);
            failure = await WatchAsync(replicas, ending);
            context.Show(resource.Name, failure.Message);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            Publish(KnownResourceStates.Stopping, replicas);
        }
        catch (Exception exception)
        {
            // Whatever went wrong belongs to this resource alone: it is reported, and those who wait for it stop waiting.
            context.Show(resource.Name, $"failed to start: {exception.Message}");
            (failure, end) = (exception, KnownResourceStates.FailedToStart);
        }
        await Task.WhenAll(replicas.Select(replica => replica.Process.StopAsync(_stopGrace)));
        foreach (var (process, log) in replicas)
        {
            process.Dispose();
            log.Dispose();
        }
        _isAlive = false;
        Publish(end, [], failure);
    }

    Replica Launch(ProcessStart start, int number)
    {
        var log = new ResourceLog(resource, resource.Replicas > 1 ? $"{resource.Name}-{number}" : resource.Name, context);
        return new(ChildProcess.Start(start, log.Write), log);
    }

    /// <summary>Returns when every process has ended by itself, with what is to be said about that.</summary>
    async Task<Exception> WatchAsync(List<Replica> replicas, CancellationToken ending)
    {
        var exits = Task.WhenAll(replicas.Select(replica => replica.Process.Exited));
        while (replicas.Count == 0 || !exits.IsCompleted)
        {
            var isHealthy = await IsHealthyAsync(ending);
            notifications.Publish(resource, before => before with { HealthStatus = isHealthy ? HealthStatus.Healthy : HealthStatus.Unhealthy });
            var pause = Task.Delay(isHealthy ? _healthyRecheck : _unhealthyRecheck, ending);
            await (replicas.Count == 0 ? pause : Task.WhenAny(exits, pause));
            ending.ThrowIfCancellationRequested();
        }
        var tails = string.Join(Environment.NewLine, replicas.Select(replica => replica.Log.Tail()));
        var code = (await exits).FirstOrDefault(code => code != 0);
        return new DistributedApplicationException($"it ended by itself with exit code {code}; its last lines:{Environment.NewLine}{tails}");
    }

    async Task<bool> IsHealthyAsync(CancellationToken ending)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(_healthCheckLimit);
        try
        {
            await Task.WhenAll(resource.HealthChecks.Select(check => check(limit.Token)));
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or ExternalException
            || (exception is OperationCanceledException && !ending.IsCancellationRequested))
        {
            // The base of socket and database exceptions is ExternalException.
            return false;
        }
    }

    void Publish(string state, IEnumerable<Replica> replicas, Exception? failure = null) => notifications.Publish(resource, _ => new()
    {
        State = new(state, null),
        Failure = failure,
        Properties = [.. replicas.Select(replica => new ResourcePropertySnapshot("executable.pid", replica.Process.Id))],
        Urls = state == KnownResourceStates.Running ? [.. resource.GetUrls()] : [],
    });

    sealed record Replica(ChildProcess Process, ResourceLog Log);
}
