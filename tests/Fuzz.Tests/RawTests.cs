using System.Globalization;
using System.Net;
using System.Text;

namespace AiPlatform.Fuzz.Tests;

/// <summary>What is no HTTP, or HTTP that two servers may read in two ways: it is refused or read in one way only, and its connection is closed.</summary>
public sealed class RawTests(FuzzedSystem system, ITestOutputHelper output) : IClassFixture<FuzzedSystem>, IDisposable
{
    const int Rounds = 40;

    const string Smuggled = "DELETE /queue/jobs/0199e0c2-0000-7000-8000-000000000000 HTTP/1.1\r\nHost: x\r\nX-Smuggled: yes\r\n\r\n";

    /// <summary>Each is sent whole on a connection of its own.</summary>
    static readonly string[] Broken =
    [
        "\r\n", "\r\n\r\n", "GET\r\n\r\n", "GET /health\r\n\r\n", "GET /health HTTP/9.9\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n", "GET  /health HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /health HTTP/1.1\nHost: x\n\n", "GET /he\0alth HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://evil.example/health HTTP/1.1\r\nHost: x\r\n\r\n", "GET ftp://x/health HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET //evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n", "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%2e%2e/%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\n continued: y\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost : x\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", "GET /health HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost: x\r\nnocolon\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\xff\xfe\xfd\xfc", "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n{}", "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 0x2\r\n\r\n{}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "POST /chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{}", "POST /chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n{}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}garbage0\r\n\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\"b\r\n{}\r\n0\r\n\r\n",
        "POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}", "GET /health HTTP/1.0\r\n\r\n",
    ];

    /// <summary>Two lengths: a server behind another one that reads the other of them would take the rest for a request.</summary>
    static readonly string[] TwoLengths =
    [
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{smuggled}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{smuggled}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n{smuggled}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{smuggled}",
        "POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n{smuggled}",
    ];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Lengths => [.. TwoLengths];

    [Fact]
    public async Task What_is_broken_is_refused_and_costs_one_connection()
    {
        var seed = Environment.GetEnvironmentVariable("FUZZ_SEED") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"FUZZ_SEED={seed}");
        await Parallel.ForEachAsync(Enumerable.Range(0, Rounds * Broken.Length), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Ct }, async (number, ct) =>
        {
            var text = Broken[number % Broken.Length].Replace("{token}", FuzzedSystem.Token, StringComparison.Ordinal);
            // The first round as they stand, and then with bytes changed, taken out and put in.
            var bytes = Encoding.Latin1.GetBytes(text);
            for (var draws = new Draws(seed, number); number >= Broken.Length && bytes.Length > 0 && !draws.Once(3);)
                bytes = Changed(bytes, draws);
            foreach (var answer in await AnswersAsync(bytes, ends: true, ct))
                Assert.True(IsFine(answer), $"FUZZ_SEED={seed}, number {number}:\n{Encoding.Latin1.GetString(bytes)}\nwas answered\n{answer}\n{string.Join('\n', system.Log.Errors)}");
        });
        Assert.Equal(HttpStatusCode.OK, (await system.Http.GetAsync("/readyz", Ct)).StatusCode);
    }

    [Theory, MemberData(nameof(Lengths))]
    public async Task A_request_of_two_lengths_is_refused_and_what_follows_is_not_read(string shape)
    {
        var request = shape.Replace("{length}", (5 + Smuggled.Length).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal).Replace("{smuggled}", Smuggled, StringComparison.Ordinal);
        var answer = Assert.Single(await AnswersAsync(Encoding.Latin1.GetBytes(request), ends: false, Ct));
        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task Requests_sent_at_once_are_answered_one_by_one_and_in_order()
    {
        var requests = string.Concat(Enumerable.Range(0, 50).Select(number => $"GET /nowhere{number} HTTP/1.1\r\nHost: x\r\n\r\n"));
        var answers = await AnswersAsync([.. Encoding.Latin1.GetBytes(requests), .. "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8], ends: false, Ct);
        Assert.Equal(Enumerable.Range(0, 50).Select(number => $"There is no route GET /nowhere{number}."), answers[..^1].Select(answer => answer.Json()!.Value.GetProperty("detail").GetString()!));
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\r\nHost: x\r\nA: b")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")]
    [InlineData("POST /chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{")]
    [InlineData("POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\n")]
    public async Task A_request_that_does_not_go_on_is_cut_off(string beginning)
    {
        using var connection = await RawConnection.OpenAsync(system.Server, Ct);
        await connection.SendAsync(Encoding.Latin1.GetBytes(beginning.Replace("{token}", FuzzedSystem.Token, StringComparison.Ordinal)), Ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(RawConnection.Patience);
        Assert.Equal(408, (await connection.ReadAsync(hasBody: true, limit.Token)).Status);
        await Assert.ThrowsAsync<EndOfStreamException>(() => connection.ReadAsync(hasBody: true, limit.Token));
    }

    public void Dispose() => Assert.Empty(system.Log.Take());

    static bool IsFine(RawAnswer answer) => answer.Status is >= 200 and < 500 or 501 or 505 && (answer.Status < 400 || answer.IsBare || answer.Json() is not null);

    /// <summary>All answers to what is sent, until the server closes.</summary>
    /// <param name="ends">Whether we say that nothing more will come: the server need not answer then.</param>
    async Task<List<RawAnswer>> AnswersAsync(byte[] bytes, bool ends, CancellationToken ct)
    {
        using var connection = await RawConnection.OpenAsync(system.Server, ct);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(RawConnection.Patience);
        List<RawAnswer> answers = [];
        try
        {
            if (await connection.SendAsync(bytes, limit.Token) && ends)
                connection.EndSending();
            while (true)
                answers.Add(await connection.ReadAsync(hasBody: true, limit.Token));
        }
        catch (Exception end) when (end is EndOfStreamException or System.Net.Sockets.SocketException)
        {
            return answers;
        }
    }

    static byte[] Changed(byte[] bytes, Draws draws)
    {
        var place = draws.Below(bytes.Length);
        return draws.Below(3) switch
        {
            0 => [.. bytes[..place], .. bytes[(place + 1)..]],
            1 => [.. bytes[..place], (byte)draws.Below(256), .. bytes[(place + 1)..]],
            _ => [.. bytes[..place], .. Encoding.Latin1.GetBytes(draws.Of<string>(["\r\n", "\n", "\0", " ", ":", "\t", "\r", ",", "\xff", ";", "chunked"])), .. bytes[place..]],
        };
    }
}
