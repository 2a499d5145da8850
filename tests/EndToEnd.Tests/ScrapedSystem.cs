using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Aspire.Hosting.Testing;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>The system after a chat, a stream, a call that failed and a transcription, with a lane that is paused and in which one job runs and another waits, and a
/// Prometheus that scrapes it; started by the first test that asks.</summary>
public sealed class ScrapedSystem(WallSystem system, WholeSystem whole) : IAsyncDisposable
{
    static readonly string[] Jobs = ["api", "llm-worker", "transcription-worker", "infra-sidecar"];

    readonly Lock _one = new();
    Task<PrometheusServer>? _prometheus;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal Task<PrometheusServer> StartedAsync()
    {
        Promtool.SkipWithout();
        lock (_one)
            return _prometheus ??= StartAsync();
    }

    /// <summary>The page of each process as it is now.</summary>
    internal Task<string[]> PagesAsync() => Task.WhenAll(Jobs.Select(async job =>
    {
        using var http = new HttpClient { BaseAddress = Address(job) };
        return await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Ct);
    }));

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is { IsCompletedSuccessfully: true } started)
            await (await started).DisposeAsync();
    }

    async Task<PrometheusServer> StartAsync()
    {
        await WorkAsync();
        return await PrometheusServer.StartAsync(Jobs.ToDictionary(job => job, Address));
    }

    /// <summary>The sidecar is that of the other system, as only there it knows of a model server.</summary>
    Uri Address(string job) => job == "infra-sidecar" ? whole.Application.GetEndpoint(job, "http") : system.Address(job);

    async Task WorkAsync()
    {
        using var whole = await WallSystem.AskAsync(system.Api, "ok", stream: false, Ct);
        Assert.Equal(system.Answer, await WallSystem.ContentAsync(whole));
        using var stream = await WallSystem.AskAsync(system.Api, "ok", stream: true, Ct);
        Assert.Contains("[DONE]", await stream.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);

        using var refused = await WallSystem.AskAsync(system.Api, "alone-s02", stream: false, Ct);
        Assert.False(refused.IsSuccessStatusCode);

        var audio = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "call.wav"), Ct);
        var recording = await CreateAsync("transcription", new Dictionary<string, string> { ["audio_base64"] = Convert.ToBase64String(audio) });
        var done = (await system.Api.GetFromJsonAsync($"/api/v1/jobs/{recording.Id}?wait=60s", ContractsJson.Default.JobView, Ct))!;
        Assert.True(done.Status == JobStatus.Completed, done.Error?.Message);
        await LeaveALaneAsync($"external-{Guid.NewGuid():N}");
    }

    /// <summary>One job that has run, so that it is known how long they take, one that runs and one that waits.</summary>
    async Task LeaveALaneAsync(string taskType)
    {
        for (var job = 0; job < 3; job++)
            await CreateAsync(taskType, []);
        var done = await ClaimAsync(taskType);
        var complete = new CompleteJob { LeaseToken = done.LeaseToken, Result = JsonElement.Parse("1") };
        using var completed = await system.Api.PostAsJsonAsync($"/api/v1/jobs/{done.Id}/complete", complete, ContractsJson.Default.CompleteJob, Ct);
        completed.EnsureSuccessStatusCode();
        await ClaimAsync(taskType);
        using var paused = await system.Api.PostAsync(new Uri($"/queue/pause?task_type=paused-{taskType}", UriKind.Relative), null, Ct);
        paused.EnsureSuccessStatusCode();
    }

    async Task<ClaimedJob> ClaimAsync(string taskType)
    {
        var claim = new ClaimJobs { WorkerId = "tests", TaskTypes = [taskType], Wait = "60s" };
        return Assert.Single((await PostAsync("/api/v1/jobs/claim", claim, ContractsJson.Default.ClaimJobs, ContractsJson.Default.ClaimedJobs)).Jobs);
    }

    Task<JobView> CreateAsync(string taskType, Dictionary<string, string> input) => PostAsync(
        "/api/v1/jobs",
        new CreateJob { OwnerService = "tests", TaskType = taskType, Input = JsonSerializer.SerializeToElement(input) },
        ContractsJson.Default.CreateJob,
        ContractsJson.Default.JobView);

    async Task<TAnswer> PostAsync<TBody, TAnswer>(string path, TBody body, JsonTypeInfo<TBody> type, JsonTypeInfo<TAnswer> answer)
    {
        using var response = await system.Api.PostAsJsonAsync(path, body, type, Ct);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(Ct)}");
        return (await response.Content.ReadFromJsonAsync(answer, Ct))!;
    }
}
