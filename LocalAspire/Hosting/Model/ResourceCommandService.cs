using Aspire.Hosting.Runtime;

namespace Aspire.Hosting.ApplicationModel;

public class ResourceCommandService
{
    readonly LocalRuntime _runtime;
    readonly IServiceProvider _services;

    internal ResourceCommandService(LocalRuntime runtime, IServiceProvider services) => (_runtime, _services) = (runtime, services);

    public Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default) =>
        _runtime.Resources.FirstOrDefault(resource => string.Equals(resource.Name, resourceId, StringComparison.OrdinalIgnoreCase)) is { } resource
            ? ExecuteCommandAsync(resource, commandName, cancellationToken)
            : Task.FromResult(Failure($"Resource '{resourceId}' not found."));

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(IResource resource, string commandName, CancellationToken cancellationToken = default)
    {
        if (((Resource)resource).Plan.Commands.TryGetValue(commandName, out var command))
            return await command(_services, cancellationToken);
        var runner = _runtime.Runner(resource);
        if (commandName == KnownResourceCommands.StartCommand)
            await runner.StartAsync(cancellationToken);
        else if (commandName == KnownResourceCommands.StopCommand)
            await runner.StopAsync(cancellationToken);
        else if (commandName == KnownResourceCommands.RestartCommand)
        {
            await runner.StopAsync(cancellationToken);
            await runner.StartAsync(cancellationToken);
        }
        else
            return Failure($"Command '{commandName}' not available for resource '{resource.Name}'.");
        return new ExecuteCommandResult { Success = true };
    }

    static ExecuteCommandResult Failure(string message) => new() { Success = false, Message = message };
}
