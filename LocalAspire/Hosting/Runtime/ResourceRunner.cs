using System.Collections.Immutable;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Runtime;

/// <summary>One resource's life: wait for what it needs, start, become healthy, end.</summary>
sealed class ResourceRunner(Resource resource, LocalContext context, ResourceNotificationService notifications) : IAsyncDisposable
{
    static readonly TimeSpan _stopGrace = TimeSpan.FromSeconds(30);
    static readonly TimeSpan _healthCheckLimit = TimeSpan.FromSeconds(5);
    static readonly TimeSpan _firstRetry = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan _lastRetry = TimeSpan.FromSeconds(5);
    static readonly TimeSpan _healthyRecheck = TimeSpan.FromSeconds(30);

    readonly SemaphoreSlim _turn = new(1, 1);
    readonly List<ResourceLog> _logs = [];
    ImmutableArray<ChildProcess> _children = [];
    CancellationTokenSource _ending = new();
    Task _life = Task.CompletedTask;

    public Resource Resource => resource;

    bool IsAlive => !_life.IsCompleted && notifications.TryGetCurrentState(resource.Name, out var now)
        && !KnownResourceStates.TerminalStates.Contains(now.Snapshot.State?.Text);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // The state tells, not the task: whoever saw the end announced may ask for a start before the task itself is over.
            if (IsAlive)
                return;
            await EndAsync();
            Publish(KnownResourceStates.Waiting);
            _life = LiveAsync(_ending.Token);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await EndAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _ending.Dispose();
        _turn.Dispose();
    }

    async Task EndAsync()
    {
        if (!_life.IsCompleted && _children.Length > 0)
            Publish(KnownResourceStates.Stopping);
        await _ending.CancelAsync();
        await _life;
        foreach (var child in _children)
            await child.DisposeAsync();
        foreach (var log in _logs)
            log.Dispose();
        _children = [];
        _logs.Clear();
        _ending.Dispose();
        _ending = new();
    }

    async Task LiveAsync(CancellationToken ending)
    {
        // Off the caller's path: starting one resource must not hold up the next.
        await Task.Yield();
        try
        {
            await Task.WhenAll(resource.Plan.WaitsFor.Select(other => notifications.WaitForResourceHealthyAsync(other.Name, ending)));
            Publish(KnownResourceStates.Starting);
            foreach (var start in await resource.PrepareAsync(context, ending))
                Launch(start);
            Publish(KnownResourceStates.Running);
            Task end = _children.Length > 0 ? Task.WhenAll(_children.Select(child => child.Exited)) : Task.Delay(Timeout.Infinite, ending);
            await WatchHealthAsync(end, ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Here and not by whoever asked: the request may come between the start of one replica and of the next.
            await StopChildrenAsync();
        }
        catch (Exception exception)
        {
            // Whatever went wrong belongs to this resource alone: it is reported, and those who wait for it stop waiting.
            await StopChildrenAsync();
            context.Console.Line(resource.Name, $"failed to start: {exception.Message}");
            Publish(KnownResourceStates.FailedToStart, failure: exception);
            return;
        }
        await ReportEndAsync(ending.IsCancellationRequested);
    }

    void Launch(ProcessStart start)
    {
        var name = resource.Plan.Replicas > 1 ? $"{resource.Name}-{_children.Length + 1}" : resource.Name;
        var log = new ResourceLog(name, Path.Combine(context.Data.Logs, $"{name}.log"), resource.IsServer, context.Console);
        _logs.Add(log);
        _children = _children.Add(ChildProcess.Start(start, log.Write));
    }

    async Task WatchHealthAsync(Task end, CancellationToken ending)
    {
        var retry = _firstRetry;
        var isReady = false;
        while (!end.IsCompleted)
        {
            var isHealthy = await CheckAsync(ending);
            if (isHealthy && !isReady)
            {
                await resource.OnReadyAsync(ending);
                isReady = true;
            }
            notifications.Publish(resource, before => before with { HealthStatus = isHealthy ? HealthStatus.Healthy : HealthStatus.Unhealthy });
            var pause = isHealthy ? _healthyRecheck : retry;
            retry = isHealthy ? _firstRetry : TimeSpan.FromTicks(Math.Min(_lastRetry.Ticks, retry.Ticks * 3 / 2));
            await Task.WhenAny(end, Task.Delay(pause, ending));
            ending.ThrowIfCancellationRequested();
        }
    }

    async Task<bool> CheckAsync(CancellationToken ending)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ending);
        limit.CancelAfter(_healthCheckLimit);
        try
        {
            return await resource.IsHealthyAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ending.IsCancellationRequested)
        {
            return false;
        }
    }

    Task StopChildrenAsync() => Task.WhenAll(_children.Select(child => child.StopAsync(_stopGrace)));

    async Task ReportEndAsync(bool wasAsked)
    {
        var codes = await Task.WhenAll(_children.Select(child => child.Exited));
        var code = Array.Find(codes, code => code != 0);
        DistributedApplicationException? failure = null;
        if (!wasAsked)
        {
            var tail = string.Join(Environment.NewLine, _logs.Select(log => log.Tail()));
            failure = new($"it ended by itself with exit code {code}; its last lines:{Environment.NewLine}{tail}");
            context.Console.Line(resource.Name, failure.Message);
        }
        Publish(resource.IsServer ? KnownResourceStates.Exited : KnownResourceStates.Finished, code, failure);
    }

    void Publish(string state, int? exitCode = null, Exception? failure = null) => notifications.Publish(resource, before => before with
    {
        State = state,
        HealthStatus = null,
        ExitCode = exitCode,
        Failure = failure,
        Properties = [.. _children.Select(child => new ResourcePropertySnapshot("executable.pid", child.Id))],
        Urls = state == KnownResourceStates.Running ? [.. resource.GetUrls()] : [],
    });
}
