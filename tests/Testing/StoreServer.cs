using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AiPlatform.Testing;

/// <summary>One server of <see cref="Stores"/>, for tests about its absence. Its address and data survive every stop.</summary>
public sealed class StoreServer
{
    static readonly TimeSpan _limit = TimeSpan.FromMinutes(1);

    readonly DistributedApplication _application;
    readonly string _name;

    internal StoreServer(DistributedApplication application, string name) => (_application, _name) = (application, name);

    /// <summary>Ends the server in an orderly way.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => CommandAsync(KnownResourceCommands.StopCommand, cancellationToken);

    /// <summary>Starts the server again and waits until it answers.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await CommandAsync(KnownResourceCommands.StartCommand, cancellationToken);
        using var limit = Limit(cancellationToken);
        await _application.ResourceNotifications.WaitForResourceHealthyAsync(_name, limit.Token);
    }

    /// <summary>Kills the server without warning (SIGKILL) and waits until it is gone.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        await SignalAsync(UnixSignal.Kill, ["kill"], cancellationToken);
        await EndedAsync(cancellationToken);
    }

    /// <summary>Postgres' immediate shutdown (SIGQUIT), which leaves a recovery to the next start; waits until it is gone.</summary>
    public async Task StopAtOnceAsync(CancellationToken cancellationToken)
    {
        await SignalAsync(UnixSignal.Quit, ["kill", "--signal", "QUIT"], cancellationToken);
        await EndedAsync(cancellationToken);
    }

    /// <summary>Freezes the server: connections stay open and nothing answers. For Postgres this freezes only new connections.</summary>
    public Task SuspendAsync(CancellationToken cancellationToken) => SignalAsync(UnixSignal.Stop, ["pause"], cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => SignalAsync(UnixSignal.Continue, ["unpause"], cancellationToken);

    async Task EndedAsync(CancellationToken cancellationToken)
    {
        using var limit = Limit(cancellationToken);
        await _application.ResourceNotifications.WaitForResourceAsync(_name, IsEnded, limit.Token);
    }

    static bool IsEnded(ResourceEvent change) => KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text);

    static CancellationTokenSource Limit(CancellationToken cancellationToken)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        return limit;
    }

    async Task CommandAsync(string command, CancellationToken cancellationToken)
    {
        using var limit = Limit(cancellationToken);
        var result = await _application.ResourceCommands.ExecuteCommandAsync(_name, command, limit.Token);
        if (!result.Success)
            throw new InvalidOperationException($"'{command}' of {_name} failed: {result.Message}");
    }

    /// <summary>A server is a process or a container, whichever the application runs it as.</summary>
    async Task SignalAsync(int signal, string[] containerCommand, CancellationToken cancellationToken)
    {
        if (!_application.ResourceNotifications.TryGetCurrentState(_name, out var now))
            throw new InvalidOperationException($"There is no server '{_name}'.");
        var properties = now.Snapshot.Properties.ToDictionary(property => property.Name, property => property.Value);
        if (properties.TryGetValue("executable.pid", out var processId))
            UnixSignal.Send(Convert.ToInt32(processId, CultureInfo.InvariantCulture), signal);
        else if (properties.TryGetValue("container.id", out var containerId))
            await ToolProcess.RunAsync("docker", [.. containerCommand, $"{containerId}"], cancellationToken);
        else
            throw new InvalidOperationException($"'{_name}' is neither a process nor a container: {string.Join(", ", properties.Keys)}.");
    }
}
