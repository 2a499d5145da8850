using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace AiPlatform.Bench.Servers;

/// <summary>The whole application model on this machine, with a simulator that answers at once: what is measured is what the platform adds.</summary>
sealed class RunningSystem : IAsyncDisposable
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    readonly DistributedApplication _application;

    RunningSystem(DistributedApplication application) => _application = application;

    public static Task<RunningSystem> StartAsync(CancellationToken ct) => StartAsync([], ct);

    /// <param name="settings">Of all its processes; they come before those that have the simulator answer at once, to as many as there are callers at most.</param>
    public static async Task<RunningSystem> StartAsync(IReadOnlyList<(string Name, string Value)> settings, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        // Resources inherit what is exported when they start.
        var exported = new (string Name, string Value)[]
        {
            ("SIMULATOR_FIRST_TOKEN_MS", "0"), ("SIMULATOR_INTER_TOKEN_MS", "0"), ("SIMULATOR_MAX_RUNNING", "64"), ("WORKER_CLAIM_LIMIT", "64"),
        }.Concat(settings).ToList();
        exported.ForEach(setting => Environment.SetEnvironmentVariable(setting.Name, setting.Value));
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
        finally
        {
            exported.ForEach(setting => Environment.SetEnvironmentVariable(setting.Name, null));
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
