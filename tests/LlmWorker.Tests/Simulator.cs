using System.Net.Http.Json;
using System.Text.Json;
using AiPlatform.ModelSimulator;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>ModelSimulator on a free port, answering at once unless told otherwise.</summary>
sealed class Simulator : IAsyncDisposable
{
    readonly WebApplication app;
    readonly HttpClient http;

    Simulator(WebApplication app)
    {
        this.app = app;
        http = new HttpClient { BaseAddress = Address };
    }

    public Uri Address => new(app.Urls.Single());

    public static async Task<Simulator> StartAsync(params string[] settings)
    {
        var app = SimulatorApp.Build(
            ["--urls=http://127.0.0.1:0", "--SIMULATOR_FIRST_TOKEN_MS=0", "--SIMULATOR_INTER_TOKEN_MS=0", "--Logging:LogLevel:Default=Warning", .. settings]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Simulator(app);
    }

    /// <summary>Arms a fault for the next requests.</summary>
    public async Task ArmAsync(string fault, int times = 1)
    {
        using var response = await http.PostAsync(
            "/admin/faults", new StringContent($$"""{"fault":"{{fault}}","times":{{times}}}"""), TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>What the requests looked like and how they ended, latest or oldest first as the simulator lists them.</summary>
    public async Task<JsonElement> RequestsAsync() =>
        JsonElement.Parse(await http.GetStringAsync("/admin/requests", TestContext.Current.CancellationToken));

    /// <summary>From now on tokens take no time.</summary>
    public async Task HurryAsync()
    {
        using var changed = await http.PostAsJsonAsync("/admin/config", new Dictionary<string, int> { ["inter_token_ms"] = 0 }, TestContext.Current.CancellationToken);
        changed.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until an answer is being generated: whoever asked for it is in mid-job.</summary>
    public Task GeneratingAsync() => Eventually.That(
        async () => Assert.Matches(
            @"vllm:num_requests_running\{[^}]*\} 1(\.0)?\n", await http.GetStringAsync("/metrics", TestContext.Current.CancellationToken)),
        TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
    }
}
