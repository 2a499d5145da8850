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
        // As many at a time as there are callers at most: what is measured is the way, not a wait for a slot.
        Environment.SetEnvironmentVariable("SIMULATOR_MAX_RUNNING", "64");
        Environment.SetEnvironmentVariable("WORKER_CLAIM_LIMIT", "64");
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

    /// <summary>For a bare client: the application's own logs every request, which would be measured too.</summary>
    public Uri Address(string resource) => _application.GetEndpoint(resource, "http");

    /// <summary>Has the simulator do so to every chat from now on.</summary>
    public async Task ArmModelAsync(string fault, CancellationToken ct)
    {
        using var client = new HttpClient { BaseAddress = Address("model-simulator") };
        using var response = await client.PostAsync(
            new Uri("/admin/faults", UriKind.Relative), new StringContent($$"""{"fault":"{{fault}}","times":0}"""), ct);
        response.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
