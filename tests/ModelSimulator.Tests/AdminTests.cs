using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class AdminTests
{
    const string Hello = """{"messages":[{"role":"user","content":"Hello"}]}""";

    [Fact]
    public async Task An_armed_fault_hits_as_often_as_ordered_and_then_is_gone()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("status;code=503", times: 2);
        int[] statuses = [await StatusAsync(server), await StatusAsync(server), await StatusAsync(server)];
        Assert.Equal([503, 503, 200], statuses);
    }

    [Fact]
    public async Task A_fault_without_end_stays_until_it_is_removed()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("status;code=500", times: 0);
        int[] statuses = [await StatusAsync(server), await StatusAsync(server), await StatusAsync(server)];
        Assert.Equal([500, 500, 500], statuses);
        using var removed = await server.Http.DeleteAsync("/admin/faults", Cancelled);
        Assert.Equal("""{"faults":[]}""", await removed.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(200, await StatusAsync(server));
    }

    [Fact]
    public async Task A_fault_for_another_model_waits_for_it()
    {
        await using var server = await StartAsync();
        await server.ArmAsync("status", model: "mistralai/Voxtral-Small-24B-2507");
        Assert.Equal(200, await StatusAsync(server));
        using var response = await server.TranscribeAsync(Wav.Tone(1));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/v1/models")]
    [InlineData("/metrics")]
    public async Task A_probe_is_hit_only_by_a_fault_that_names_it(string path)
    {
        await using var server = await StartAsync();
        await server.ArmAsync("status;code=500");
        await server.ArmAsync("status;code=503", path: path);
        using var refused = await server.Http.GetAsync(path, Cancelled);
        using var fine = await server.Http.GetAsync(path, Cancelled);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (refused.StatusCode, fine.StatusCode));
        Assert.Equal(500, await StatusAsync(server));
    }

    [Theory]
    [InlineData("{}", "fault is missing, for example {\"fault\":\"status;code=503\",\"times\":2}")]
    [InlineData("{\"fault\":\"status\",\"times\":-1}", "times -1 is negative; 0 means until removed")]
    [InlineData("{\"fault\":\"nope\"}", "Unknown fault 'nope'; one of: status, hang, reset, slow, stall, cut, malformed, garbage, error, no_done, truncate, error_body, trickle, slow_headers, huge, length, loop, ignore_disconnect, clock")]
    public async Task A_wrong_order_is_refused(string order, string message)
    {
        await using var server = await StartAsync();
        using var body = new StringContent(order, Encoding.UTF8, "application/json");
        await ChatRefusalTests.AssertRefusedAsync(
            await server.Http.PostAsync("/admin/faults", body, Cancelled), HttpStatusCode.BadRequest, message, "BadRequestError", null);
    }

    [Fact]
    public async Task An_unknown_field_of_an_order_is_named()
    {
        await using var server = await StartAsync();
        using var response = await server.Http.PostAsJsonAsync("/admin/faults", new { fault = "status", tmes = 2 }, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("'tmes'", await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_shows_what_reached_the_server()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(Hello) };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        request.Headers.Add("Authorization", "Bearer very-secret");
        request.Headers.Add("x-api-key", "very-secret");
        request.Headers.Add("X-Of-The-Caller", "seen");
        using var response = await server.Http.SendAsync(request, Cancelled);
        var list = await server.Http.GetStringAsync("/admin/requests", Cancelled);

        Assert.DoesNotContain("very-secret", list, StringComparison.Ordinal);
        var record = Assert.Single(await server.RequestsAsync());
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", record.GetProperty("headers").GetProperty("traceparent").GetString());
        Assert.Equal(("present", "seen"), (record.GetProperty("headers").GetProperty("x-api-key").GetString(), record.GetProperty("headers").GetProperty("X-Of-The-Caller").GetString()));
        Assert.Equal("{\"qwen2.5-14b\":1}", Sse.Json(list).GetProperty("tries").GetRawText());
        Assert.Equal(Hello, record.GetProperty("body").GetRawText());
        Assert.Equal(
            ("/v1/chat/completions", "qwen2.5-14b", 200, "stop", 11, 11),
            (record.GetProperty("path").GetString(), record.GetProperty("model").GetString(), record.GetProperty("status").GetInt32(),
                record.GetProperty("finish").GetString(), record.GetProperty("tokens_generated").GetInt32(), record.GetProperty("tokens_sent").GetInt32()));
    }

    [Fact]
    public async Task The_log_keeps_the_newest_and_counts_all()
    {
        await using var server = await StartAsync("SIMULATOR_REQUEST_LOG=3");
        for (var number = 1; number <= 5; number++)
            await server.ChatAnswerAsync($$"""{"messages":[{"role":"user","content":"{{number}}"}]}""");

        var list = await server.Http.GetFromJsonAsync<JsonElement>("/admin/requests?limit=2", Cancelled);
        Assert.Equal(5, list.GetProperty("total").GetInt64());
        Assert.Equal(["4", "5"], list.GetProperty("requests").EnumerateArray().Select(Said));
        Assert.Equal(["3", "4", "5"], (await server.RequestsAsync()).Select(Said));
        await ChatRefusalTests.AssertRefusedAsync(
            await server.Http.GetAsync("/admin/requests?limit=x", Cancelled), HttpStatusCode.BadRequest, "limit 'x' is not a whole number", "BadRequestError", "limit");
    }

    [Fact]
    public async Task A_reset_forgets_faults_requests_and_counters_and_ends_what_runs()
    {
        await using var server = await StartAsync();
        await server.ChatAnswerAsync(Hello);
        await server.ArmAsync("status", times: 0);
        var stalled = server.ChatAsync(Hello, "stall");
        await Eventually.IsAsync(() => server.MetricAsync("vllm:num_requests_running"), running => running == 1);

        using var reset = await server.Http.PostAsync("/admin/reset", null, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, reset.StatusCode);
        await ChatRefusalTests.AssertRefusedAsync(await stalled, HttpStatusCode.InternalServerError, "The engine stopped.", "InternalServerError", null);
        Assert.Empty(await server.RequestsAsync());
        Assert.Equal(0, await server.MetricAsync("vllm:generation_tokens_total"));
        Assert.Equal(200, await StatusAsync(server));
    }

    static string? Said(JsonElement record) => record.GetProperty("body").GetProperty("messages")[0].GetProperty("content").GetString();

    static async Task<int> StatusAsync(SimulatorServer server)
    {
        using var response = await server.ChatAsync(Hello);
        return (int)response.StatusCode;
    }
}
