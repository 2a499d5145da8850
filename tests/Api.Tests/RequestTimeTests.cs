using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiPlatform.Api.Tests;

/// <summary>How long requests may take: a lock that somebody holds in Postgres has them hang there.</summary>
public sealed class RequestTimeTests(Stores stores)
{
    const string Late = "There was no answer within 1 s (HTTP_REQUEST_TIMEOUT, and what the route may take besides). It is not known whether anything was done. Try again; "
        + "an Idempotency-Key has it done once.";

    /// <summary>Jobs that are stored in one transaction of their own.</summary>
    const string Two = """{"defaults":{"owner_service":"o","task_type":"t","input":1},"jobs":[{"idempotency_key":"a"},{"idempotency_key":"b"}]}""";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_route_has_the_time_that_the_documentation_says()
    {
        await using var api = await RunningApi.StartAsync(
            stores, "HTTP_REQUEST_TIMEOUT=7s", "HTTP_BODY_TIMEOUT=100s", "CHAT_TIMEOUT=2000s", "TRANSCRIPTION_WAIT=3000s", "INFRA_SIDECAR_TIMEOUT=3s",
            "FILE_MAX_BYTES=104857600", "AUDIO_UPLOAD_MAX_MB=300", "HTTP_MIN_BYTES_PER_SECOND=1024", "HTTP_SLOW_GRACE=11s");
        var said = RepositoryFiles.Read("docs/security.md").Split("\nHow long a request may take.")[1].Split("\n## ")[0].Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
            .SelectMany(row => row[0].Split(", ").Select(route => (Route: route.Trim('`'), Time: ToCome(row[1]) + Waited(row[2]))))
            .ToDictionary(row => row.Route, row => row.Time);
        var routes = api.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.Empty(said.Keys.Except(routes.Select(Name)));
        Assert.DoesNotContain(routes, route => route.Metadata.GetMetadata<DisableRequestTimeoutAttribute>() is not null);

        var times = api.Get<IOptions<RequestTimeoutOptions>>().Value;
        // Bodies are read within the time for them: a total time without it would cut them off.
        Assert.Equal(
            routes.Select(route => (Name(route), said.GetValueOrDefault(Name(route), route.Metadata.GetMetadata<IAcceptsMetadata>() is null ? 0 : 100) + 7)).Order(),
            routes.Select(route => (Name(route), Policy(route).Timeout!.Value.TotalSeconds)).Order());

        RequestTimeoutPolicy Policy(RouteEndpoint route) =>
            route.Metadata.GetMetadata<RequestTimeoutAttribute>() is { } own ? times.Policies[own.PolicyName!] : times.DefaultPolicy!;
    }

    static string Name(RouteEndpoint route) =>
        $"{route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0]} {route.RoutePattern.RawText!.Replace(":guid", "", StringComparison.Ordinal).TrimEnd('/')}";

    /// <summary>In seconds. An upload comes with what is around the file, and with what is thrown away of one that is refused.</summary>
    static double ToCome(string said) => said switch
    {
        "–" => 0,
        "`HTTP_BODY_TIMEOUT`" => 100,
        "`FILE_MAX_BYTES` at `HTTP_MIN_BYTES_PER_SECOND`" => 11 + 100 * 1024 + 64 + 64 * 1024,
        "`AUDIO_UPLOAD_MAX_MB` at `HTTP_MIN_BYTES_PER_SECOND`" => 11 + 300 * 1024 + 64 + 64 * 1024,
        _ => throw new ArgumentException(said),
    };

    static double Waited(string said) => said.Split(',', '.')[0] switch
    {
        "–" => 0,
        "`CHAT_TIMEOUT`" => 2000,
        "`TRANSCRIPTION_WAIT`" => 3000,
        "`INFRA_SIDECAR_TIMEOUT`" => 3,
        "The `wait` asked for" when said.EndsWith("60 s at most", StringComparison.Ordinal) => 60,
        "10 min" => 600,
        _ => throw new ArgumentException(said),
    };

    [Fact]
    public async Task A_request_whose_time_is_over_is_answered_503_and_Postgres_does_no_more_for_it()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_REQUEST_TIMEOUT=1s", "HTTP_BODY_TIMEOUT=1s");
        using var log = new LogRecorder();
        api.Get<ILoggerFactory>().AddProvider(log);
        var (job, kept) = (await api.CreateAsync("late"), await api.UploadAsync("{}"));
        await using (var hold = await HoldAsync(api, "job, stored_file"))
        {
            var answers = await Task.WhenAll(
                api.GetAsync("/api/v1/jobs"), api.GetAsync($"/api/v1/jobs/{job}/events"), api.GetAsync($"/queue/jobs/{job}"));
            foreach (var answer in answers)
            {
                answer.IsProblem(503, "took_too_long", Late);
                Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter!.Delta);
            }
            var removed = await api.SendAsync(HttpMethod.Delete, $"/v1/files/{kept}");
            removed.IsOpenAiError(503, "server_error", "took_too_long", null, Late);
            Assert.False(removed.Headers.Contains("x-should-retry"));
            // A body has its own time besides.
            (await api.PostAsync("/api/v1/jobs/batch", Two)).IsProblem(503, "took_too_long", Late.Replace("1 s", "2 s", StringComparison.Ordinal));
            // The lock is still held: what waited for it has been told to stop.
            await Eventually.That(async () => Assert.Equal(0L, await WaitingAsync(api)), Ct);
        }
        Assert.Equal(200, (await api.GetAsync($"/v1/files/{kept}")).Status);
        Assert.Equal(1, (await api.GetAsync("/api/v1/jobs")).Json.GetProperty("jobs").GetArrayLength());
        Assert.Equal(5, log.Of(1002).Count);
        Assert.DoesNotContain(log.Lines, line => line.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task A_commit_under_way_is_waited_for_and_its_answer_is_the_true_one()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_REQUEST_TIMEOUT=1s", "HTTP_BODY_TIMEOUT=1s");
        Task<Answer> creating;
        await using (var hold = await HoldAsync(api, "job"))
        {
            creating = api.PostAsync("/api/v1/jobs", """{"owner_service":"o","task_type":"t","input":1}""");
            // Its own time is over when one that has begun later with the same is.
            await Eventually.That(async () => Assert.NotEqual(0L, await WaitingAsync(api)), Ct);
            Assert.Equal(503, (await api.PostAsync("/api/v1/jobs/batch", Two)).Status);
            Assert.False(creating.IsCompleted);
        }
        var created = await creating;
        Assert.Equal(201, created.Status);
        Assert.Equal(200, (await api.GetAsync($"/api/v1/jobs/{created.Json.GetProperty("id").GetGuid()}")).Status);
    }

    [Fact]
    public async Task A_transaction_that_is_being_committed_is_waited_for_too()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_REQUEST_TIMEOUT=1s", "HTTP_BODY_TIMEOUT=1s");
        // Its rows are checked when all is stored.
        await using (var slow = api.Get<NpgsqlDataSource>().CreateCommand(
            """
            create table gate ();
            create function wait_at_commit() returns trigger language plpgsql as 'begin lock table gate; return null; end';
            create constraint trigger wait_at_commit after insert on idempotency deferrable initially deferred for each row execute function wait_at_commit()
            """))
            await slow.ExecuteNonQueryAsync(Ct);
        Task<Answer> creating;
        await using (var hold = await HoldAsync(api, "gate"))
        {
            creating = api.PostAsync("/api/v1/jobs/batch", Two);
            await Eventually.That(async () => Assert.NotEqual(0L, await WaitingAsync(api)), Ct);
            await using var holdOther = await HoldAsync(api, "owner_share");
            // As above: its own time is over when this one's is.
            using var share = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
            Assert.Equal(503, (await api.SendAsync(HttpMethod.Put, "/queue/shares/owners/o", share)).Status);
            Assert.False(creating.IsCompleted);
        }
        Assert.Equal(201, (await creating).Status);
        Assert.Equal(2, (await api.GetAsync("/api/v1/jobs")).Json.GetProperty("jobs").GetArrayLength());
    }

    [Fact]
    public async Task A_stream_of_which_nothing_was_written_in_time_is_answered_503()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_REQUEST_TIMEOUT=3s", "HTTP_BODY_TIMEOUT=1s", "CHAT_TIMEOUT=1s", "EVENTS_HEARTBEAT=5m");
        // A job that is kept goes on, and nobody works at it.
        using var answer = await OpenAiCalls.OpenAsync(api, OpenAiCalls.Question("late", stream: true), ("Idempotency-Key", "late"));
        var text = await answer.Content.ReadAsStringAsync(Ct);
        Assert.Equal((503, "application/json"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains("\"code\":\"took_too_long\"", text, StringComparison.Ordinal);
        Assert.Equal("pending", (await api.GetAsync("/api/v1/jobs")).Json.GetProperty("jobs")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task Routes_that_wait_have_the_time_for_it()
    {
        await using var api = await RunningApi.StartAsync(stores, "HTTP_REQUEST_TIMEOUT=1s", "HTTP_BODY_TIMEOUT=1s", "CHAT_TIMEOUT=3s");
        var job = await api.CreateAsync("long");
        using var events = await api.Http.GetAsync($"/api/v1/jobs/{job}/events", HttpCompletionOption.ResponseHeadersRead, Ct);
        var chat = api.PostAsync("/chat", """{"user":"Hello"}""");
        var (waited, claimed) = (api.GetAsync($"/api/v1/jobs/{job}?wait=3s"), api.PostAsync("/api/v1/jobs/claim", """{"worker_id":"w","task_types":["none"],"wait":"3s"}"""));
        Assert.Equal((200, "pending"), ((await waited).Status, (await waited).Json.GetProperty("status").GetString()));
        Assert.Equal((200, """{"jobs":[]}"""), ((await claimed).Status, (await claimed).Text));
        Assert.Equal((504, "timeout"), ((await chat).Status, (await chat).Json.GetProperty("code").GetString()));
        // Three seconds on, the stream still tells what happens.
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{job}/cancel")).Status);
        Assert.Contains("\"cancelled\"", await events.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
    }

    /// <summary>Locks tables against everybody, until it is disposed of.</summary>
    static async Task<NpgsqlConnection> HoldAsync(RunningApi api, string tables)
    {
        var connection = await api.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var hold = new NpgsqlCommand($"begin; lock table {tables} in access exclusive mode", connection);
        await hold.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    /// <summary>How many statements of the API wait for a lock.</summary>
    static async Task<long> WaitingAsync(RunningApi api)
    {
        await using var count = api.Get<NpgsqlDataSource>().CreateCommand(
            "select count(*) from pg_locks l join pg_class c on c.oid = l.relation where not l.granted and c.relnamespace = current_schema()::regnamespace");
        return (long)(await count.ExecuteScalarAsync(Ct))!;
    }
}
