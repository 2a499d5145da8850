namespace Aspire.Hosting.ApplicationModel;

public class ResourceCommandService
{
    readonly LocalRuntime _runtime;

    internal ResourceCommandService(LocalRuntime runtime) => _runtime = runtime;

    public async Task<ExecuteCommandResult> ExecuteCommandAsync(string resourceId, string commandName, CancellationToken cancellationToken = default)
    {
        if (_runtime.Find(resourceId) is not { } resource)
            return new() { Success = false, Message = $"Resource '{resourceId}' not found." };
        if (resource.Commands.TryGetValue(commandName, out var command))
            return await command(cancellationToken);
        var (stops, starts) = (commandName is "stop" or "restart", commandName is "start" or "restart");
        if (!stops && !starts)
            return new() { Success = false, Message = $"Command '{commandName}' not available for resource '{resource.Name}'." };
        if (stops)
            await _runtime.Runner(resource).StopAsync(cancellationToken);
        if (starts)
            await _runtime.Runner(resource).StartAsync(cancellationToken);
        return new() { Success = true };
    }
}
