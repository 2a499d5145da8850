using System.Diagnostics;
using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Tests.Fakes;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class VllmFailureTests
{
    const string NoMetrics = "{0}/metrics holds no metric of vLLM. Its statistics may be switched off, or another server answers.";

    public static TheoryData<string, RequestDelegate, string, string> BadAnswers => new()
    {
        { "a page of another server", FakeVllm.Text(MetricsPages.NotFound), "not_vllm", NoMetrics },
        { "only the process", FakeVllm.Text("process_start_time_seconds 1"), "not_vllm", NoMetrics },
        { "nothing", FakeVllm.Text(""), "not_vllm", NoMetrics },
        { "500", FakeVllm.Status(500), "http_error", "{0}/metrics answered 500." },
        { "a redirect", FakeVllm.Status(302), "http_error", "{0}/metrics answered 302." },
        { "silence", FakeVllm.Silence, "timeout", "{0}/metrics did not answer within 2 s." },
        { "a stall", FakeVllm.Stall, "timeout", "{0}/metrics did not answer within 2 s." },
        { "10 MB, announced", FakeVllm.Garbage(10_000_000, announced: true), "too_large", "{0}/metrics answered more than 4194304 bytes." },
        { "10 MB, not announced", FakeVllm.Garbage(10_000_000, announced: false), "too_large", "{0}/metrics answered more than 4194304 bytes." },
    };

    [Theory]
    [MemberData(nameof(BadAnswers), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_answer_is_named(string what, RequestDelegate answer, string code, string message)
    {
        await using var vllm = await FakeVllm.StartAsync(answer);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}", "VLLM_SCRAPE_TIMEOUT=2s");

        // A first scrape may take longer than that whatever is answered.
        var status = await sidecar.StatusWhenAsync(status => status.Inference is [{ Error: { } told }] && told.Code == code);

        var error = new InfraError(code, message.Replace("{0}", vllm.Url, StringComparison.Ordinal));
        var server = Assert.Single(status.Inference);
        Assert.True(error == server.Error, $"{what}: {server.Error}");
        Assert.Equal(new InferenceRequests(), server.Requests);
        Assert.Equal(new InferenceTotals(), server.Totals);
        Assert.True(server.Healthy);
        Assert.Equal((false, error), (status.Sources.Vllm.Available, status.Sources.Vllm.Error));
        Assert.Equal(InfraHealth.Unavailable, status.Status);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_named()
    {
        await using var vllm = await FakeVllm.StartAsync(FakeVllm.BreakOff);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}");

        var server = Assert.Single((await sidecar.SampledAsync()).Inference);

        // The words are the system's, and differ with what had arrived before the reset.
        Assert.Equal("connection_lost", server.Error?.Code);
        Assert.StartsWith($"{vllm.Url}/metrics ", server.Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_server_that_is_down_does_not_hide_the_other()
    {
        var gone = await FakeVllm.StartAsync("");
        var address = gone.Url;
        await gone.DisposeAsync();
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V0);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Named("qwen")}, gone={address}");

        var status = await sidecar.SampledAsync();

        Assert.Equal(
            [("qwen", true, 8d), ("gone", false, null)],
            status.Inference.Select(server => (server.Name, server.Healthy, server.Requests.Running)));
        Assert.Equal(new InfraError("unreachable", $"{address}/metrics cannot be reached: Connection refused"), status.Inference[1].Error);
        Assert.True(status.Sources.Vllm.Available);
        Assert.Equal(new InfraError("partial", "1 of 2 model servers are in trouble: gone."), status.Sources.Vllm.Error);
        Assert.Equal(InfraHealth.Degraded, status.Status);
    }

    [Fact]
    public async Task All_servers_down_is_unavailable()
    {
        await using var first = await FakeVllm.StartAsync(FakeVllm.Status(500));
        await using var second = await FakeVllm.StartAsync(FakeVllm.Status(500));
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={first.Named("a")},{second.Named("b")}");

        var status = await sidecar.SampledAsync();

        Assert.False(status.Sources.Vllm.Available);
        Assert.Equal(new InfraError("all_failed", "2 of 2 model servers are in trouble: a, b."), status.Sources.Vllm.Error);
        Assert.Equal(InfraHealth.Unavailable, status.Status);
    }

    [Fact]
    public async Task A_silent_server_delays_no_status()
    {
        await using var vllm = await FakeVllm.StartAsync(FakeVllm.Silence);
        await using var sidecar = await RunningSidecar.StartAsync($"VLLM_METRICS_URLS={vllm.Url}", "VLLM_SCRAPE_TIMEOUT=20s");

        var start = Stopwatch.GetTimestamp();
        var status = await sidecar.StatusAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 15);
        Assert.Equal("The first sample is under way.", status.Sources.Vllm.Detail);
        Assert.Empty(status.Inference);
        Assert.Equal(InfraHealth.Ok, status.Status);
    }
}
