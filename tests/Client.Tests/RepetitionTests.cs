using System.Net.Sockets;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Client.Tests.ScriptedServer;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>Which calls are sent again after which failure, how often, and which are not.</summary>
public sealed class RepetitionTests
{
    const string ProblemMedia = "application/problem+json";
    const string Answer = """{"id":"0199e0c2-7b1e-7c3f-9a55-0d6f4b7d2c11","owner_service":"tests","task_type":"t","model_profile":"default","priority":"normal","status":"pending","attempt":0,"max_attempts":3,"created_at":"2026-01-01T00:00:00Z","added_later":{"n":1}}""";

    static readonly string ChatAnswerText = """{"content":"Hi","model":"m","usage":null,"duration_ms":5,"finish_reason":"stop","tool_calls":null,"provider":"p","attempts":1}""";

    [Theory]
    [InlineData(429, "over_limit", "0", "", 3, true)]
    [InlineData(503, "provider_unconfigured", "0", "", 3, true)]
    [InlineData(429, "over_quota", "0", "", 3, true)]
    [InlineData(503, "store_unavailable", "0", "", 3, false)]
    [InlineData(503, "took_too_long", "0", "", 3, false)]
    [InlineData(503, "providers_exhausted", "0", "", 3, false)]
    [InlineData(503, "a_newer_code", "0", "", 3, false)]
    [InlineData(429, "a_newer_code", "0", "", 3, false)]
    [InlineData(503, "provider_unconfigured", null, "", 3, false)]
    [InlineData(429, "over_limit", null, "", 1, true)]
    [InlineData(429, "over_quota", "300", "", 1, true)]
    [InlineData(503, "provider_unconfigured", "30", "", 1, true)]
    [InlineData(503, "providers_exhausted", "0", ",\"job_id\":\"0199e0c2-7b1e-7c3f-9a55-0d6f4b7d2c11\"", 1, true)]
    [InlineData(500, "internal", null, "", 1, true)]
    [InlineData(409, "invalid_state", null, "", 1, true)]
    public async Task An_answer_that_asks_for_it_is_asked_again(int status, string code, string? retryAfter, string more, int requests, bool alsoWithoutKey)
    {
        Task<ScriptedServer> ServerAsync() => StartAsync((context, place) => place < 3
            ? AnswerAsync(context, status, ProblemMedia, Problem(status, code, more), retryAfter)
            : AnswerAsync(context, 200, "application/json", context.Request.Path == "/chat" ? ChatAnswerText : Answer));

        await using var keyed = await ServerAsync();
        await TryAsync(keyed, client => client.SubmitAsync(Job("t"), Ct));
        Assert.Equal(requests, keyed.Requests);

        await using var keyless = await ServerAsync();
        await TryAsync(keyless, client => client.ChatAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct));
        Assert.Equal(alsoWithoutKey ? requests : 1, keyless.Requests);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_only_where_the_call_may_come_twice()
    {
        await using var server = await StartAsync((context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        await IsSentAsync(server, again: true, (client, ct) => client.GetAsync(Guid.NewGuid(), ct));
        await IsSentAsync(server, again: true, (client, ct) => client.SubmitAsync(Job("t"), ct));
        await IsSentAsync(server, again: true, (client, ct) => client.SubmitManyAsync([Job("t")], null, ct));
        await IsSentAsync(server, again: true, (client, ct) => client.CancelAsync(Guid.NewGuid(), ct));
        await IsSentAsync(server, again: true, (client, ct) => client.ChatAsync(new ChatCall { User = "Hi" }, "key", ct));
        await IsSentAsync(server, again: false, (client, ct) => client.ChatAsync(new ChatCall { User = "Hi" }, null, ct));
        await IsSentAsync(server, again: false, (client, ct) => client.RetryAsync(Guid.NewGuid(), ct));
        await IsSentAsync(server, again: false, (client, ct) => client.RetryManyAsync(new JobFilter { TaskType = "t" }, ct));
        await IsSentAsync(server, again: false, (client, ct) => client.CancelManyAsync(new JobFilter { TaskType = "t" }, ct));
        await IsSentAsync(server, again: false, (client, ct) => client.UploadAudioAsync(new MemoryStream([1]), cancellationToken: ct));
        await IsSentAsync(server, again: false, (client, ct) => client.SubmitAsync(Job("t"), ct), options => options.MakeIdempotencyKeys = false);
        await IsSentAsync(server, again: true, (client, ct) => client.SubmitAsync(Job("t") with { IdempotencyKey = "k" }, ct), options => options.MakeIdempotencyKeys = false);
    }

    [Fact]
    public async Task A_call_that_never_came_through_is_sent_again_whatever_it_is()
    {
        // Nobody listens at the first try; at a later one somebody does.
        var free = await AnsweringAsync(200, "application/json", ChatAnswerText);
        var address = free.Address;
        await free.DisposeAsync();
        using var client = Client(address, options => options.RetryFor = TimeSpan.Zero);
        var failure = await FailsAsync(() => client.ChatAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct), ClientErrorCodes.NoAnswer, null);
        Assert.Equal("POST /chat: no connection to the API.", failure.Message);
        Assert.True(failure.IsTransient);

        var refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var http = RefusalsOn(refused);
        using var patient = new AiPlatformClient(http, Options(address));
        var asking = patient.ChatAsync(new ChatCall { User = "Hi" }, cancellationToken: Ct);
        await refused.Task.WaitAsync(Ct);
        await using var server = await StartAsync((context, _) => AnswerAsync(context, 404, ProblemMedia, Problem(404, "came_through")), address.Port);
        await FailsAsync(() => asking, "came_through", 404);
    }

    [Fact]
    public async Task A_proxy_without_an_API_behind_it_is_asked_again_where_the_call_may_come_twice()
    {
        await using var server = await StartAsync((context, place) =>
            place < 3 ? AnswerAsync(context, 502, "text/html", "<html>secret page</html>") : AnswerAsync(context, 200, "application/json", Answer));
        using var client = Client(server.Address);
        Assert.Equal("t", (await client.SubmitAsync(Job("t"), Ct)).TaskType);

        await using var broken = await AnsweringAsync(502, "text/html", "<html>secret page</html>");
        using var other = Client(broken.Address);
        var failure = await FailsAsync(() => other.RetryAsync(Guid.NewGuid(), Ct), ClientErrorCodes.UnexpectedAnswer, 502);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, broken.Requests);
    }

    [Theory]
    [InlineData(200, "text/html", "<html>")]
    [InlineData(200, "application/json", "null")]
    [InlineData(200, "application/json", """{"id":"secret"}""")]
    [InlineData(301, "text/plain", "elsewhere")]
    [InlineData(404, "text/html", "<html>")]
    [InlineData(404, "application/problem+json", "{}")]
    [InlineData(422, "application/problem+json", "not JSON")]
    public async Task An_answer_that_is_not_the_APIs_is_told_as_such(int status, string media, string body)
    {
        await using var server = await AnsweringAsync(status, media, body);
        using var client = Client(server.Address);
        var failure = await FailsAsync(() => client.GetAsync(Guid.NewGuid(), Ct), ClientErrorCodes.UnexpectedAnswer, status);
        Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        Assert.Equal((1, false), (server.Requests, failure.IsTransient));
    }

    [Fact]
    public async Task An_upload_is_sent_again_from_where_it_stood_where_the_stream_can_seek_and_once_where_it_cannot()
    {
        const string Kept = """{"audio_ref":"0199e0c2-7b1e-7c3f-9a55-0d6f4b7d2c11","bytes":3,"filename":"upload","owner_service":"o","created_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-02T00:00:00Z"}""";
        await using var server = await StartAsync((context, place) => place % 3 > 0
            ? AnswerAsync(context, 429, ProblemMedia, Problem(429, "over_limit"), "0")
            : AnswerAsync(context, 201, "application/json", Kept));
        using var client = Client(server.Address);
        using var audio = new MemoryStream([1, 2, 3, 4, 5]) { Position = 2 };
        Assert.Equal(3, (await client.UploadAudioAsync(audio, cancellationToken: Ct)).Bytes);
        Assert.Equal([3, 4, 5, 3, 4, 5, 3, 4, 5], server.Bodies.SelectMany(body => body));

        using var once = new OneWayStream([1, 2, 3]);
        await FailsAsync(() => client.UploadAudioAsync(once, cancellationToken: Ct), ErrorCodes.OverLimit, 429);
        Assert.Equal(4, server.Requests);
    }

    [Fact]
    public async Task A_call_ends_with_its_time_and_tells_what_went_wrong_before()
    {
        await using var server = await StartAsync((context, place) => place == 1
            ? AnswerAsync(context, 503, ProblemMedia, Problem(503, "store_unavailable"), "0")
            : Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
        using var client = Client(server.Address, options => options.Timeout = TimeSpan.FromSeconds(3));
        var id = Guid.NewGuid();
        var failure = await FailsAsync(() => client.GetAsync(id, Ct), ClientErrorCodes.TimedOut, null);
        Assert.Equal(
            $"GET /api/v1/jobs/{id} had not ended after 3 s. Before: GET /api/v1/jobs/{id} was answered 503 store_unavailable: What happened.", failure.Message);
    }

    [Fact]
    public async Task The_callers_token_ends_a_call_between_its_repetitions_too()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await using var server = await StartAsync(async (context, _) =>
        {
            await AnswerAsync(context, 503, ProblemMedia, Problem(503, "store_unavailable"), "60");
            await ended.CancelAsync();
        });
        using var client = Client(server.Address, options => options.RetryFor = TimeSpan.FromMinutes(10));
        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync(Guid.NewGuid(), ended.Token));
        Assert.Equal(ended.Token, failure.CancellationToken);
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task What_a_problem_says_stands_in_the_exception()
    {
        await using var server = await AnsweringAsync(
            422, ProblemMedia, Problem(422, "invalid", ",\"errors\":{\"priority\":[\"is not allowed.\"]},\"trace_id\":\"abc\",\"added_later\":1"));
        using var client = Client(server.Address);
        var failure = await FailsAsync(() => client.SubmitAsync(Job("t"), Ct), ErrorCodes.Invalid, 422);
        Assert.Equal("POST /api/v1/jobs was answered 422 invalid: What happened. priority is not allowed.", failure.Message);
        Assert.Equal(("What happened.", "abc", "is not allowed."), (failure.Detail, failure.TraceId, failure.Errors["priority"][0]));
    }

    /// <summary>Connections that tell when the first of them is refused.</summary>
    static HttpClient RefusalsOn(TaskCompletionSource refused) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                refused.TrySetResult();
                throw;
            }
        },
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    static async Task IsSentAsync(
        ScriptedServer server, bool again, Func<AiPlatformClient, CancellationToken, Task> call, Action<AiPlatformClientOptions>? change = null)
    {
        var before = server.Requests;
        using var client = Client(server.Address, change);
        if (!again)
        {
            await FailsAsync(() => call(client, Ct), ClientErrorCodes.NoAnswer, null);
            Assert.Equal(1, server.Requests - before);
            return;
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var asking = call(client, ended.Token);
        await Eventually.That(() => Assert.True(server.Requests - before > 1), Ct);
        await ended.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    static async Task TryAsync(ScriptedServer server, Func<AiPlatformClient, Task> call)
    {
        using var client = Client(server.Address);
        try
        {
            await call(client);
        }
        catch (AiPlatformException)
        {
            // Only the number of requests is looked at.
        }
    }

    static AiPlatformClient Client(Uri address, Action<AiPlatformClientOptions>? change = null) => new(Options(address, options =>
    {
        options.FirstPause = TimeSpan.FromMilliseconds(1);
        change?.Invoke(options);
    }));
}
