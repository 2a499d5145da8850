using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Tests.Fakes;
using AiPlatform.Testing;

namespace AiPlatform.InfraSidecar.Tests;

/// <summary>The status answers from memory, whatever its sources do.</summary>
public sealed class HeldSourcesTests
{
    const string UnderWay = "The first sample is under way.";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_status_waits_for_no_source()
    {
        using var nvml = await FakeNvml.WithAsync();
        nvml.Hang();
        await using var engine = await FakeEngine.StartAsync();
        engine.Answers["/containers/json"] = FakeVllm.Silence;
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var vllm = await FakeVllm.StartAsync(async context =>
        {
            asked.TrySetResult();
            await FakeVllm.Silence(context);
        });
        await using var sidecar = await RunningSidecar.StartAsync(nvml.Setting, engine.Setting, $"VLLM_METRICS_URLS={vllm.Url}");
        await asked.Task.WaitAsync(Ct);
        await Eventually.That(
            () => Assert.True(nvml.IsHanging && engine.Requests.Any(request => request.Contains("/containers/json", StringComparison.Ordinal))), Ct);

        var status = await sidecar.StatusAsync();

        // A status that had waited for one of them would tell how that ended.
        Assert.Equal(
            (UnderWay, UnderWay, UnderWay), (status.Sources.Gpu.Detail, status.Sources.Containers.Detail, status.Sources.Vllm.Detail));
        Assert.Equal((0, 0, 0), (status.Gpus.Count, status.Containers.Count, status.Inference.Count));
    }

    [Fact]
    public async Task With_every_source_failing_the_status_says_what_is_wrong()
    {
        using var nvml = await FakeNvml.WithAsync("nvmlInitWithFlags=9");
        using var smi = await FakeNvidiaSmi.WithScriptAsync("echo 'NVIDIA-SMI has failed'; exit 9");
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.NotFound);
        await using var sidecar = await RunningSidecar.StartAsync(
            nvml.Setting, smi.Setting, "CONTAINER_ENGINE=http://127.0.0.1:1", $"VLLM_METRICS_URLS={vllm.Url}");

        var status = await sidecar.SampledAsync();

        Assert.Equal(
            (("nvml", "driver_not_loaded"), ("docker", "unreachable"), ("prometheus", "not_vllm")),
            (Failure(status.Sources.Gpu), Failure(status.Sources.Containers), Failure(status.Sources.Vllm)));
        Assert.Equal(InfraHealth.Unavailable, status.Status);
    }

    static (string, string?) Failure(SourceState source) => (source.Backend, source.Error?.Code);
}
