using System.Net;
using System.Text.Json;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Requests that stall hold their places for as long as a test wants, so that nothing here depends on time.</summary>
public sealed class WaitingLineTests
{
    const string Stall = "stall;after=2";

    [Fact]
    public async Task Requests_beyond_the_limit_wait_and_start_in_order_of_arrival()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1");
        var callers = new List<Caller>();
        for (var number = 0; number < 4; number++)
        {
            callers.Add(new Caller(server, number));
            await InLineAsync(server, running: 1, waiting: number);
        }

        for (var leaving = 0; leaving < 4; leaving++)
        {
            await InLineAsync(server, running: 1, waiting: 3 - leaving);
            Assert.Equal(Enumerable.Range(0, 4).Select(number => number <= leaving ? 2 : 0), await TokensAsync(server));
            await callers[leaving].LeaveAsync();
        }

        await InLineAsync(server, running: 0, waiting: 0);
    }

    [Fact]
    public async Task A_full_line_answers_503_and_counts_it()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1", "SIMULATOR_MAX_WAITING=1");
        await using var running = new Caller(server, 0);
        await InLineAsync(server, running: 1, waiting: 0);
        await using var waiting = new Caller(server, 1);
        await InLineAsync(server, running: 1, waiting: 1);

        await ChatRefusalTests.AssertRefusedAsync(
            await server.ChatAsync(Caller.Body(2)), HttpStatusCode.ServiceUnavailable, "The waiting queue of the engine is full.", "ServiceUnavailableError", null);
        Assert.Equal(1, await server.MetricAsync("vllm:admission_rejections_total"));
        Assert.Equal(1, await server.MetricAsync("vllm:num_requests_waiting"));
    }

    [Fact]
    public async Task Without_a_line_a_free_place_is_still_given()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1", "SIMULATOR_MAX_WAITING=0");
        await server.ChatAnswerAsync(Caller.Body(0));
        await using var running = new Caller(server, 1);
        await InLineAsync(server, running: 1, waiting: 0);
        using var refused = await server.ChatAsync(Caller.Body(2));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }

    [Fact]
    public async Task A_client_that_leaves_is_aborted_and_gets_no_token_more()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1");
        await using var running = new Caller(server, 0);
        await using var waiting = new Caller(server, 1);
        await InLineAsync(server, running: 1, waiting: 1);
        await waiting.LeaveAsync();
        await InLineAsync(server, running: 1, waiting: 0);
        await running.LeaveAsync();
        await InLineAsync(server, running: 0, waiting: 0);

        Assert.Equal(2, await server.MetricAsync("vllm:request_success_total", "qwen2.5-14b\",finished_reason=\"abort\""));
        Assert.Equal(2, await server.MetricAsync("vllm:http_requests_client_disconnected_total"));
        Assert.All(await server.RequestsAsync(), record => Assert.Equal(
            ("abort", 0), (record.GetProperty("finish").GetString(), record.GetProperty("tokens_after_client_left").GetInt32())));
    }

    [Fact]
    public async Task A_server_that_does_not_notice_the_leaving_client_goes_on_and_the_waste_is_counted()
    {
        await using var server = await StartAsync("SIMULATOR_INTER_TOKEN_MS=2");
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        using var response = await server.ChatUntilAsync(
            """{"stream":true,"ignore_eos":true,"max_tokens":400,"messages":[{"role":"user","content":"Hi"}]}""", "ignore_disconnect", leaving.Token);
        await Eventually.IsAsync(() => TokensAsync(server), tokens => tokens[0] > 0);
        response.Dispose();

        var record = await Eventually.IsAsync(async () => (await server.RequestsAsync())[0], record => record.GetProperty("finish").ValueKind == JsonValueKind.String);
        Assert.Equal("length", record.GetProperty("finish").GetString());
        Assert.Equal(400, record.GetProperty("tokens_generated").GetInt32());
        Assert.InRange(record.GetProperty("tokens_after_client_left").GetInt32(), 1, 399);
    }

    [Fact]
    public async Task Each_model_has_an_engine_of_its_own()
    {
        await using var server = await StartAsync("SIMULATOR_MAX_RUNNING=1");
        await using var running = new Caller(server, 0);
        await InLineAsync(server, running: 1, waiting: 0);
        using var response = await server.TranscribeAsync(Wav.Tone(1));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_stop_ends_open_streams_at_once()
    {
        await using var server = await StartAsync();
        using var response = await server.ChatAsync("""{"stream":true,"messages":[{"role":"user","content":"Hi"}]}""", Stall);
        var reading = Sse.ReadBrokenAsync(response);
        await InLineAsync(server, running: 1, waiting: 0);
        await server.StopAsync();
        var (events, _) = await reading;
        Assert.Equal("""{"error":{"message":"The engine stopped.","type":"InternalServerError","param":null,"code":500}}""", events[^2]);
    }

    static Task<(double, double)> InLineAsync(SimulatorServer server, int running, int waiting) => Eventually.IsAsync(
        async () => (await server.MetricAsync("vllm:num_requests_running"), await server.MetricAsync("vllm:num_requests_waiting")),
        seen => seen == (running, waiting));

    static async Task<IReadOnlyList<int>> TokensAsync(SimulatorServer server) =>
        [.. (await server.RequestsAsync()).Select(record => record.GetProperty("tokens_generated").GetInt32())];

    /// <summary>A caller whose request stalls until it leaves.</summary>
    sealed class Caller : IAsyncDisposable
    {
        readonly CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        readonly Task<HttpResponseMessage> call;

        public Caller(SimulatorServer server, int number) => call = server.ChatUntilAsync(Body(number), Stall, leaving.Token);

        public static string Body(int number) => $$"""{"messages":[{"role":"user","content":"{{number}}"}]}""";

        public async Task LeaveAsync()
        {
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        public async ValueTask DisposeAsync()
        {
            if (!leaving.IsCancellationRequested)
                await LeaveAsync();
            leaving.Dispose();
        }
    }
}
