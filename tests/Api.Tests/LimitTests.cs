using System.Diagnostics.Metrics;
using System.Net.Sockets;
using System.Text;
using AiPlatform.Api.Requests;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.Api.Tests;

/// <summary>What one request may cost, and what a caller is told who asks for more.</summary>
public sealed class LimitTests(ApiFixture fixture, Stores stores) : IClassFixture<ApiFixture>
{
    const string BeyondNumbers = "holds a number beyond 1.8e308, or with an exponent beyond 400.";

    readonly RunningApi _api = fixture.Api;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1e999999", BeyondNumbers)]
    [InlineData("-1E309", BeyondNumbers)]
    [InlineData("1e-401", BeyondNumbers)]
    [InlineData("0e99999999999999999999", BeyondNumbers)]
    [InlineData("1.8e308", BeyondNumbers)]
    public async Task A_number_that_no_reader_can_hold_is_refused(string number, string fault) =>
        (await _api.PostAsync("/api/v1/jobs", $$$"""{"owner_service":"o","task_type":"t","input":{"n":{{{number}}}}}""")).IsInvalid($$"""{"$":["{{fault}}"]}""");

    [Theory]
    [InlineData("1.7e308")]
    [InlineData("1e-0400")]
    [InlineData("-0.000000000000000000000000000000000000000000000001E+0007")]
    public async Task A_number_that_a_reader_can_hold_is_kept_as_it_is(string number)
    {
        var created = await _api.PostAsync("/api/v1/jobs", $$$"""{"owner_service":"o","task_type":"numbers","input":{"n":{{{number}}}}}""");
        Assert.Equal(201, created.Status);
        Assert.Contains(number, (await _api.GetAsync($"/api/v1/jobs/{created.Json.GetProperty("id").GetGuid()}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_of_thousands_of_digits_is_refused_and_not_repeated()
    {
        var digits = new string('7', 10_000);
        var answer = await _api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"o","task_type":"t","max_attempts":{{digits}},"input":1}""");
        answer.IsInvalid("""{"$":["holds a number of more than 128 characters."]}""");
    }

    [Fact]
    public async Task A_body_of_too_many_values_is_refused_before_it_takes_memory()
    {
        var many = string.Join(',', Enumerable.Repeat("0", Limits.MostJsonTokens));
        (await _api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"o","task_type":"t","input":[{{many}}]}""")).IsInvalid("""{"$":["has more than 2000000 names and values."]}""");
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    public async Task A_time_that_the_store_takes_for_infinity_is_refused(string time)
    {
        const string allowed = "allowed: times of the years 1970 to 9998.";
        (await _api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"o","task_type":"t","input":1,"run_at":"{{time}}"}""")).IsInvalid($$"""{"run_at":["'{{time}}' is not allowed; {{allowed}}"]}""");
        (await _api.GetAsync($"/api/v1/jobs?created_after={time}")).IsInvalid($$"""{"created_after":["'{{time}}' is not allowed; {{allowed}}"]}""");
    }

    [Fact]
    public async Task Fields_whose_names_are_shown_cut_do_not_add_up()
    {
        var fields = string.Join(',', Enumerable.Range(0, 20_000).Select(number => $"\"{new string('x', 64)}{number}\":1"));
        var answer = await _api.PostAsync("/api/v1/jobs", $"{{{fields}}}");
        Assert.Equal(422, answer.Status);
        Assert.InRange(answer.Text.Length, 1, 16 * 1024);
    }

    [Fact]
    public async Task An_address_that_is_too_long_is_414()
    {
        (await _api.GetAsync("/api/v1/jobs?cursor=" + new string('c', 9_000))).IsProblem(414, "uri_too_long", "Path and query may have at most 8192 bytes, not 9020.");
        (await _api.GetAsync("/v1/models/" + new string('m', 9_000)))
            .IsOpenAiError(414, "invalid_request_error", "uri_too_long", null, "Path and query may have at most 8192 bytes, not 9011.");
    }

    [Fact]
    public async Task Too_many_parameters_are_counted_and_not_listed() =>
        (await _api.GetAsync("/api/v1/jobs?" + string.Join('&', Enumerable.Range(0, 65).Select(number => $"p{number}=1"))))
            .IsInvalid("""{"query":["must have at most 64 parameters, not 65."]}""");

    [Theory]
    [InlineData(101, 1)]
    [InlineData(3, 12_000)]
    public async Task Headers_that_are_too_many_or_too_large_are_431(int count, int length)
    {
        var headers = Enumerable.Range(0, count).Select(number => ($"X-{number}", new string('h', length))).ToArray();
        (await _api.SendAsync(HttpMethod.Get, "/api/v1/stats", null, headers))
            .IsProblem(431, "headers_too_large", "A request may have at most 100 headers of 32768 bytes together (32 KiB).");
    }

    [Fact]
    public async Task A_method_of_any_length_is_not_repeated()
    {
        var method = new string('M', 4_000);
        (await _api.SendAsync(new HttpMethod(method), "/nowhere")).IsProblem(404, "not_found", $"There is no route {method[..64]}… /nowhere.");
    }

    [Fact]
    public async Task A_body_and_a_reader_that_are_too_slow_are_cut_off()
    {
        // What is in a buffer gets the time that it takes at this rate.
        await using var api = await RunningApi.StartAsync(stores, "HTTP_SLOW_GRACE=1100ms", "HTTP_MIN_BYTES_PER_SECOND=1000000");
        using var meter = new MeterRecorder("Microsoft.AspNetCore.Server.Kestrel", api.Get<IMeterFactory>());
        await using var body = await SendAsync(api, "POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
        using var reader = new StreamReader(body);
        Assert.Contains("\"code\":\"request_timeout\"", await reader.ReadToEndAsync(Ct), StringComparison.Ordinal);

        // More than the buffers of both ends hold.
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new ByteArrayContent(new byte[32 * 1024 * 1024]), "file", "f" } };
        var file = (await api.SendAsync(HttpMethod.Post, "/v1/files", form)).Json.GetProperty("id").GetString();
        await using var slow = await SendAsync(api, $"GET /v1/files/{file}/content HTTP/1.1\r\nHost: x\r\n\r\n");
        await Eventually.That(
            () => Assert.Contains(meter.Of("kestrel.connection.duration"), connection => connection.Tags.GetValueOrDefault("error.type") is "min_response_data_rate"), Ct);
    }

    [Fact]
    public async Task A_body_that_comes_steadily_but_for_too_long_is_408()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_BODY_TIMEOUT=1s", "HTTP_MIN_BYTES_PER_SECOND=0");
        await using var body = await SendAsync(api, "POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
        var (answer, bytes) = ("", new byte[4096]);
        // Not to the end: of a request that has not ended, the end is a reset.
        while (!answer.Contains("\"code\":\"request_timeout\"", StringComparison.Ordinal))
            answer += Encoding.ASCII.GetString(bytes, 0, await body.ReadAtLeastAsync(bytes, 1, cancellationToken: Ct));
        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_length_that_is_only_announced_takes_no_memory()
    {
        var request = new DefaultHttpContext().Request;
        (request.ContentLength, request.Body) = (Limits.MostBodyBytes, new MemoryStream("{}"u8.ToArray()));
        using var body = await BoundedBody.ReadAsync(request, Ct);
        Assert.Equal(2, body!.Bytes.Length);
        Assert.InRange(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body.Bytes, out var whole) ? whole.Array!.Length : 0, 2, 64 * 1024);
    }

    [Fact]
    public async Task A_stream_on_which_nothing_happens_is_not_slow()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_SLOW_GRACE=1100ms", "HTTP_MIN_BYTES_PER_SECOND=1000000", "EVENTS_HEARTBEAT=1s");
        var id = await api.CreateAsync("idle");
        await using var events = await ServerEvents.OpenAsync(api.Http, id);
        // Each comment is a second after the one before.
        for (var count = 0; count < 3; count++)
            await events.ReadUntilAsync(": still here");
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/cancel")).Status);
        await events.ReadUntilAsync("cancelled");
    }

    [Fact]
    public async Task An_address_has_only_so_many_connections()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_MAX_CONNECTIONS_PER_ADDRESS=2");
        const string request = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
        await using var first = await SendAsync(api, request);
        await using (var second = await SendAsync(api, request))
        {
            Assert.True(await first.ReadAsync(new byte[1], Ct) > 0);
            Assert.True(await second.ReadAsync(new byte[1], Ct) > 0);
            Assert.False(await IsAnsweredAsync(api, request));
        }
        await Eventually.That(async () => Assert.True(await IsAnsweredAsync(api, request)), Ct);
    }

    static async Task<bool> IsAnsweredAsync(RunningApi api, string request)
    {
        try
        {
            await using var stream = await SendAsync(api, request);
            return await stream.ReadAsync(new byte[1], Ct) > 0;
        }
        catch (Exception closed) when (closed is IOException or SocketException)
        {
            return false;
        }
    }

    static async Task<NetworkStream> SendAsync(RunningApi api, string request)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", api.Http.BaseAddress!.Port, Ct);
        var stream = new NetworkStream(socket, ownsSocket: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Ct);
        return stream;
    }
}
