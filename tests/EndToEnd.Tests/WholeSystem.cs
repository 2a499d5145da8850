using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Contracts;
using AiPlatform.EndToEnd.Tests;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

[assembly: AssemblyFixture(typeof(WholeSystem))]

namespace AiPlatform.EndToEnd.Tests;

/// <summary>The whole application model, started once for all tests of this assembly: two LLM workers, no model server configured, so that
/// the simulator answers.</summary>
public sealed class WholeSystem : IAsyncLifetime
{
    static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(3);

    DistributedApplication? _application;

    public DistributedApplication Application => _application ?? throw new InvalidOperationException("The system has not been started.");

    public HttpClient Api { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(StartLimit);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(["--LLM_WORKER_REPLICAS=2", "--KEEP_DATA=false"], limit.Token);
        _application = await builder.BuildAsync(limit.Token);
        await _application.StartAsync(limit.Token);
        foreach (var resource in (string[])["api", "llm-worker", "transcription-worker", "infra-sidecar", "model-simulator"])
        {
            await _application.ResourceNotifications.WaitForResourceHealthyAsync(resource, limit.Token);
        }
        Api = _application.CreateHttpClient("api", "http");
        Api.Timeout = TimeSpan.FromMinutes(2);
    }

    public async Task<JobView> CreateAsync(CreateJob job)
    {
        using var response = await PostAsync("/api/v1/jobs", job, ContractsJson.Default.CreateJob);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.JobView, TestContext.Current.CancellationToken))!;
    }

    /// <summary>The job once it is final, or as it is after a minute.</summary>
    public async Task<JobView> EndOfAsync(Guid id) => (await Api.GetFromJsonAsync(
        $"/api/v1/jobs/{id}?wait=60s", ContractsJson.Default.JobView, TestContext.Current.CancellationToken))!;

    /// <summary>Posts, and fails the test with the answer's text unless it is a good one.</summary>
    public async Task<HttpResponseMessage> PostAsync<T>(string path, T body, JsonTypeInfo<T> type)
    {
        var ct = TestContext.Current.CancellationToken;
        var response = await Api.PostAsJsonAsync(path, body, type, ct);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
        return response;
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }
}
