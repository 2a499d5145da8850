using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiPlatform.InfraSidecar.Tests.Fakes;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class StatusEndpointTests
{
    [Fact]
    public async Task The_wire_names_are_fixed_and_nulls_are_written()
    {
        await using var sidecar = await RunningSidecar.StartAsync();
        await sidecar.SampledAsync();

        var status = await sidecar.Http.GetFromJsonAsync<JsonObject>("/status", TestContext.Current.CancellationToken);

        Assert.Equal(["status", "generated_at", "host", "sources", "gpus", "containers", "inference"], Names(status));
        Assert.Equal(["name", "uptime_s", "cpu", "memory", "disk"], Names(status?["host"]));
        Assert.Equal(["gpu", "containers", "vllm"], Names(status?["sources"]));
        Assert.Equal("ok", status?["status"]?.GetValue<string>());
        Assert.Equal(
            """
            {"available":false,"backend":"none","collected_at":null,"age_ms":null,"duration_ms":null,"stale":false,"error":null,
            "detail":"No model server is configured (VLLM_METRICS_URLS)."}
            """.ReplaceLineEndings(""),
            status?["sources"]?["vllm"]?.ToJsonString());
    }

    [Fact]
    public async Task The_wire_names_of_a_card_and_a_server_are_fixed()
    {
        using var smi = await FakeNvidiaSmi.WithCardsAsync(Cards.H100);
        await using var vllm = await FakeVllm.StartAsync(MetricsPages.V1);
        await using var sidecar = await RunningSidecar.StartAsync(smi.Setting, $"VLLM_METRICS_URLS={vllm.Url}");
        await sidecar.StatusWhenAsync(status => status is { Gpus.Count: 1, Inference.Count: 1 });

        var status = await sidecar.Http.GetFromJsonAsync<JsonObject>("/status", TestContext.Current.CancellationToken);

        var gpu = status?["gpus"]?[0];
        Assert.Equal(
            [
                "index", "uuid", "name", "state", "driver_version", "cuda_version", "pci_bus_id", "utilization", "memory",
                "temperature", "power", "energy_j", "clocks", "fan_ratio", "pstate", "throttle", "ecc", "xid_errors", "recovery_action", "mig", "processes",
            ],
            Names(gpu));
        Assert.Equal("ok", gpu?["state"]?.GetValue<string>());
        Assert.Equal(["gpu", "memory_controller", "encoder", "decoder"], Names(gpu?["utilization"]));
        Assert.Equal(["total_bytes", "used_bytes", "free_bytes", "reserved_bytes", "utilization"], Names(gpu?["memory"]));
        Assert.Equal(["gpu_c", "memory_c"], Names(gpu?["temperature"]));
        Assert.Equal(["draw_w", "limit_w"], Names(gpu?["power"]));
        Assert.Equal(["sm_hz", "memory_hz"], Names(gpu?["clocks"]));
        Assert.Equal(["corrected_volatile", "uncorrected_volatile"], Names(gpu?["ecc"]));

        var server = status?["inference"]?[0];
        Assert.Equal(
            [
                "name", "url_host", "healthy", "version", "models", "window_s", "sleep_state", "requests", "kv_cache_usage",
                "prefix_cache_hit_ratio", "preemptions_per_s", "tokens_per_s", "latency_s", "totals", "error",
            ],
            Names(server));
        Assert.Equal(["running", "waiting", "waiting_capacity", "waiting_deferred", "finished_per_s"], Names(server?["requests"]));
        Assert.Equal(["ttft", "inter_token", "e2e", "queue"], Names(server?["latency_s"]));
        Assert.Equal("""{"stop":120,"length":3,"abort":1}""", server?["totals"]?["finished"]?.ToJsonString());
    }

    [Fact]
    public async Task The_host_is_reported()
    {
        await using var sidecar = await RunningSidecar.StartAsync("HOST_DISKS=/, /no/such/mount");

        var host = (await sidecar.StatusWhenAsync(status => status.Host.Memory is not null)).Host;

        Assert.Equal(Environment.MachineName, host.Name);
        Assert.True(host.UptimeS > 0);
        Assert.True(host.Cpu?.Load1 >= 0);
        Assert.InRange(host.Memory!.UsedBytes, 1, host.Memory.TotalBytes);
        var disk = Assert.Single(host.Disk);
        Assert.Equal("/", disk.Mount);
        Assert.InRange(disk.FreeBytes, 0, disk.TotalBytes);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer wrong")]
    [InlineData("Bearer")]
    [InlineData("Basic s3cret-token")]
    [InlineData("s3cret-token")]
    [InlineData("Bearer s3cret-token-and-more")]
    public async Task Without_the_token_nothing_is_told(string? authorization)
    {
        await using var sidecar = await RunningSidecar.StartAsync("INFRA_SIDECAR_TOKEN=s3cret-token");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/status");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        using var response = await sidecar.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        var problem = await response.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken);
        Assert.Equal(("unauthorized", 401), (problem?["code"]?.GetValue<string>(), problem?["status"]?.GetValue<int>()));
        Assert.Equal("Send the sidecar's token as 'Authorization: Bearer …' (INFRA_SIDECAR_TOKEN).", problem?["detail"]?.GetValue<string>());
    }

    [Fact]
    public async Task With_the_token_the_status_is_told_and_stored_nowhere()
    {
        await using var sidecar = await RunningSidecar.StartAsync("INFRA_SIDECAR_TOKEN=s3cret-token");
        sidecar.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("bearer", "s3cret-token");

        using var response = await sidecar.Http.GetAsync("/status", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData("s3cret-token\n")]
    [InlineData("*=s3cret-token\n")]
    public async Task The_file_of_the_token_may_be_that_of_the_API(string content)
    {
        var path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
            await using var sidecar = await RunningSidecar.StartAsync($"INFRA_SIDECAR_TOKEN_FILE={path}");
            using var refused = await sidecar.Http.GetAsync("/status", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            sidecar.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret-token");
            using var told = await sidecar.Http.GetAsync("/status", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, told.StatusCode);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("GET", "/healthz", HttpStatusCode.OK)]
    [InlineData("GET", "/readyz", HttpStatusCode.OK)]
    [InlineData("POST", "/status", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/no/such/route", HttpStatusCode.NotFound)]
    public async Task Probes_need_no_token_and_other_routes_are_refused(string method, string path, HttpStatusCode expected)
    {
        await using var sidecar = await RunningSidecar.StartAsync("INFRA_SIDECAR_TOKEN=s3cret-token");
        using var request = new HttpRequestMessage(new HttpMethod(method), path);

        using var response = await sidecar.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(expected, response.StatusCode);
    }

    static IEnumerable<string> Names(JsonNode? node)
    {
        Assert.Equal(JsonValueKind.Object, node?.GetValueKind());
        return node!.AsObject().Select(property => property.Key);
    }
}
