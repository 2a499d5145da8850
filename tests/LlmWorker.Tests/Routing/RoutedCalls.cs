using AiPlatform.LlmWorker.Routing;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>What servers say to routed chats, and what comes of it.</summary>
static class RoutedCalls
{
    /// <summary>A whole answer.</summary>
    public static readonly string Good = Sse.Text("Hi") + Sse.Finish() + Sse.Done;

    public static RoutedResult.Answered Answered(RoutedResult result) => result as RoutedResult.Answered
        ?? throw new InvalidOperationException($"{result}");

    public static ProviderFailure Failure(RoutedResult result) => Assert.IsType<RoutedResult.Failed>(result).Failure;
}

/// <summary>Servers by name, which end together.</summary>
sealed class Servers : Dictionary<string, ScriptedServer>, IAsyncDisposable
{
    public async Task AddAsync(string name, Task<ScriptedServer> server) => Add(name, await server);

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Values)
        {
            await server.DisposeAsync();
        }
    }
}
