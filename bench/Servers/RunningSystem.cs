using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace AiPlatform.Bench.Servers;

/// <summary>The whole application model on this machine, with a simulator that answers at once: what is measured is what the platform adds.</summary>
sealed class RunningSystem : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    readonly DistributedApplication _application;

    RunningSystem(DistributedApplication application) => _application = application;

    public static async Task<RunningSystem> StartAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        // Resources inherit what is exported: the simulator reads its latencies from here.
        Environment.SetEnvironmentVariable("SIMULATOR_FIRST_TOKEN_MS", "0");
        Environment.SetEnvironmentVariable("SIMULATOR_INTER_TOKEN_MS", "0");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--KEEP_DATA=false"], limit.Token);
        var system = new RunningSystem(await builder.BuildAsync(limit.Token));
        try
        {
            await system._application.StartAsync(limit.Token);
            foreach (var resource in (string[])["api", "llm-worker", "model-simulator"])
            {
                await system._application.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
            }
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>A bare client: the application's own logs every request, which would be measured too.</summary>
    public HttpClient Client(string resource) => new()
    {
        BaseAddress = _application.GetEndpoint(resource, "http"),
        Timeout = TimeSpan.FromSeconds(30),
    };

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
