using System.Net.Http.Json;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.EndToEnd.Tests;

public sealed class OperatingTheSystemTests(WholeSystem system)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_providers_of_every_worker_are_listed_without_a_secret()
    {
        // A worker tells of itself a moment after it has started.
        await Eventually.That(
            async () =>
            {
                var status = (await system.Api.GetFromJsonAsync("/api/v1/providers/status", ContractsJson.Default.ProvidersStatus, Ct))!;
                Assert.Equal(["llm", "llm", "transcription"], status.Workers.Select(worker => worker.Kind).Order());
                Assert.All(status.Workers, worker => Assert.True(Assert.Single(worker.Providers).Configured));
            },
            Ct);
    }

    [Fact]
    public async Task The_state_of_the_AI_server_is_forwarded()
    {
        using var response = await system.Api.GetAsync(new Uri("/api/v1/infra/status", UriKind.Relative), Ct);
        var status = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.True(response.IsSuccessStatusCode && status.GetRawText().Contains("\"gpu", StringComparison.Ordinal), status.GetRawText());
    }

    [Theory]
    [InlineData("pause-queue", "resume-queue", HaltKind.Paused)]
    [InlineData("stop-queue", "start-queue", HaltKind.Stopped)]
    public async Task The_buttons_of_the_dashboard_halt_the_queue_and_let_it_go(string halt, string lift, HaltKind kind)
    {
        Assert.True((await system.Application.ResourceCommands.ExecuteCommandAsync("api", halt, Ct)).Success);
        try
        {
            var halts = (await system.Api.GetFromJsonAsync("/queue/status", ContractsJson.Default.QueueStatus, Ct))!.Halts;
            Assert.Contains(halts, found => found.Kind == kind && found.IsOfEverything());
        }
        finally
        {
            Assert.True((await system.Application.ResourceCommands.ExecuteCommandAsync("api", lift, Ct)).Success);
        }
        Assert.Empty((await system.Api.GetFromJsonAsync("/queue/status", ContractsJson.Default.QueueStatus, Ct))!.Halts);
    }
}
