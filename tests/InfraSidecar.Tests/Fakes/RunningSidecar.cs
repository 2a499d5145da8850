using System.Net.Http.Json;
using AiPlatform.Contracts.Infra;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AiPlatform.InfraSidecar.Tests.Fakes;

/// <summary>The sidecar on a free port, sampling fast, with no GPU and no model server unless the settings say so.</summary>
sealed class RunningSidecar : IAsyncDisposable
{
    const string FirstSample = "The first sample is under way.";

    readonly WebApplication _app;

    RunningSidecar(WebApplication app)
    {
        _app = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public HttpClient Http { get; }

    public static Task<RunningSidecar> StartAsync(params string[] settings) => StartAsync(TimeProvider.System, settings);

    public static async Task<RunningSidecar> StartAsync(TimeProvider time, params string[] settings)
    {
        string[] defaults =
        [
            "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=None",
            "--NVIDIA_SMI_PATH=no-nvidia-smi-here", "--NVML_LIBRARY=no-nvml-here", "--CGROUP_ROOT=/no-cgroup-here",
            "--GPU_SAMPLE_INTERVAL=100ms", "--VLLM_SAMPLE_INTERVAL=100ms", "--CONTAINER_SAMPLE_INTERVAL=100ms",
            // No source is late because the machine that runs the tests is busy.
            "--NVML_TIMEOUT=1m", "--NVIDIA_SMI_TIMEOUT=1m", "--VLLM_SCRAPE_TIMEOUT=1m", "--CONTAINER_TIMEOUT=1m",
        ];
        var app = Sidecar.Build([.. defaults, .. settings.Select(setting => "--" + setting)], time);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RunningSidecar(app);
    }

    public async Task<InfraStatus> StatusAsync()
    {
        var status = await Http.GetFromJsonAsync("/status", InfraJson.Default.InfraStatus, TestContext.Current.CancellationToken);
        Assert.NotNull(status);
        return status;
    }

    /// <summary>The first status for which the condition holds.</summary>
    public async Task<InfraStatus> StatusWhenAsync(Func<InfraStatus, bool> condition)
    {
        InfraStatus? found = null;
        await Eventually.That(
            async () =>
            {
                found = await StatusAsync();
                Assert.True(condition(found), System.Text.Json.JsonSerializer.Serialize(found, InfraJson.Default.InfraStatus));
            },
            TestContext.Current.CancellationToken);
        return found!;
    }

    public Task<InfraStatus> SampledAsync() =>
        StatusWhenAsync(status =>
            status.Sources.Gpu.Detail != FirstSample && status.Sources.Vllm.Detail != FirstSample && status.Sources.Containers.Detail != FirstSample);

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
