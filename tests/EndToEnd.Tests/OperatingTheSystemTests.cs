using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Aspire.Hosting.ApplicationModel;

namespace AiPlatform.EndToEnd.Tests;

public sealed class OperatingTheSystemTests(WholeSystem system)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_providers_of_every_worker_are_listed_without_a_secret()
    {
        var status = (await system.Api.GetFromJsonAsync("/api/v1/providers/status", ContractsJson.Default.ProvidersStatus, Ct))!;
        Assert.Equal(["llm", "llm", "transcription"], status.Workers.Select(worker => worker.Kind).Order());
        Assert.All(status.Workers, worker => Assert.True(Assert.Single(worker.Providers).Configured));
    }

    [Fact]
    public async Task The_state_of_the_AI_server_is_forwarded()
    {
        using var response = await system.Api.GetAsync(new Uri("/api/v1/infra/status", UriKind.Relative), Ct);
        var status = JsonElement.Parse(await response.Content.ReadAsStringAsync(Ct));
        Assert.True(response.IsSuccessStatusCode && status.GetRawText().Contains("\"gpu", StringComparison.Ordinal), status.GetRawText());
    }

    [Fact]
    public async Task A_worker_killed_in_mid_job_loses_nothing_another_finishes_it()
    {
        // Slow enough to be met running: the simulator takes its first token's time from the fault.
        var job = await system.CreateAsync(new CreateJob
        {
            OwnerService = "tests",
            TaskType = "llm_chat",
            Priority = JobPriority.High,
            MaxAttempts = 1,
            Input = JsonElement.Parse("""{"user":"Count slowly.","max_tokens":400,"min_tokens":400,"ignore_eos":true}"""),
        });
        JobView running = job;
        await Eventually.That(async () =>
        {
            running = (await system.Api.GetFromJsonAsync($"/api/v1/jobs/{job.Id}", ContractsJson.Default.JobView, Ct))!;
            Assert.Equal(JobStatus.Running, running.Status);
        }, Ct);

        Kill(running.WorkerId!);

        var done = await system.EndOfAsync(job.Id);
        Assert.Equal((JobStatus.Completed, 1), (done.Status, done.Attempt));
        Assert.NotEqual(running.WorkerId, done.WorkerId);
    }

    void Kill(string workerId) => throw new NotSupportedException(workerId);
}
