using System.Text.Json;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>What receivers are sent, and when again. Each test has an API of its own.</summary>
public sealed class CallbackTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_completed_job_is_sent_signed_and_as_the_API_answers_it()
    {
        await using var receiver = await Receiver.AnsweringAsync(204);
        await using var api = await StartAsync();
        var id = await CreateAsync(api, receiver.Url(), ""","owner_ref":"call/8123","tenant_id":"t1" """);
        await CompleteAsync(api, """{"text":"Привет","big":12345678901234567890}""");

        await OutboxIsEmptyAsync(api);
        var call = Assert.Single(receiver.Calls);
        Assert.Equal((await api.GetAsync($"/api/v1/jobs/{id}")).Text, call.Body);
        Assert.Equal(("/done?key=a-secret-of-the-receiver", "application/json; charset=utf-8"), (call.Path, call.Headers["content-type"]));
        Assert.True(call.IsSignedWith(RunningApi.CallbackSecret));
        Assert.StartsWith($"{id}-", call.Headers["webhook-id"], StringComparison.Ordinal);
        Assert.False(call.Headers.ContainsKey("aiplatform-omitted"));
        Assert.False(call.Headers.ContainsKey("traceparent"));
        var sent = DateTimeOffset.FromUnixTimeSeconds(long.Parse(call.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(sent, TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow());
    }

    [Theory]
    [InlineData("cancelled")]
    [InlineData("failed")]
    [InlineData("expired")]
    public async Task Every_end_is_told(string end)
    {
        await using var receiver = await Receiver.AnsweringAsync(200);
        await using var api = await StartAsync();
        var id = await CreateAsync(api, receiver.Url(), end == "expired" ? $$""","deadline":"{{TimeProvider.System.GetUtcNow().AddSeconds(1):O}}" """ : "");
        if (end == "cancelled")
        {
            Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/cancel")).Status);
        }
        else if (end == "failed")
        {
            var (_, token) = await api.ClaimAsync("callback");
            await api.PostAsync($"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{token}}","category":"provider_rejected","message":"no"}""");
        }

        await Eventually.That(() => Assert.Single(receiver.Calls), Ct);
        Assert.Equal((id, end == "cancelled" ? "cancelled" : "failed"), (receiver.Calls[0].JobId, receiver.Calls[0].Json.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_call_that_failed_is_made_again_with_the_same_id_until_it_is_taken()
    {
        await using var receiver = await Receiver.AnsweringAsync(500, 429, 404, 302, 200);
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=10ms");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await OutboxIsEmptyAsync(api);
        Assert.Equal(5, receiver.Calls.Count);
        Assert.Single(receiver.Calls.Select(call => call.Headers["webhook-id"]).Distinct());
        Assert.Single(receiver.Calls.Select(call => call.Body).Distinct());
        Assert.All(receiver.Calls, call => Assert.True(call.IsSignedWith(RunningApi.CallbackSecret)));
    }

    [Theory]
    [InlineData("CALLBACK_MAX_TRIES=3", 500, 3)]
    [InlineData("CALLBACK_MAX_TRIES=3", 410, 1)]
    public async Task It_is_given_up_after_the_last_try_and_at_once_where_the_receiver_is_gone(string setting, int status, int calls)
    {
        await using var receiver = await Receiver.AnsweringAsync(status);
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=10ms", setting);
        var id = await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await OutboxIsEmptyAsync(api);
        Assert.Equal(calls, receiver.Calls.Count);
        Assert.Equal("completed", (await api.GetAsync($"/api/v1/jobs/{id}")).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task It_is_given_up_when_it_is_too_old()
    {
        await using var receiver = await Receiver.AnsweringAsync(500, 200);
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=1h", "CALLBACK_MAX_AGE=30m");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        // Another call an hour later would be beyond the age.
        await Eventually.That(() => Assert.Single(receiver.Calls), Ct);
        await OutboxIsEmptyAsync(api);
    }

    [Fact]
    public async Task One_that_has_grown_too_old_is_not_called()
    {
        await using var receiver = await Receiver.AnsweringAsync(500, 200);
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=1h", "CALLBACK_MAX_AGE=2h");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await WhenItWaitsAsync(api, "update callback set since = since - interval '3 hours', due_at = now()");
        await OutboxIsEmptyAsync(api);
        Assert.Single(receiver.Calls);
    }

    [Fact]
    public async Task A_job_that_cannot_be_read_costs_its_callback_no_try()
    {
        await using var receiver = await Receiver.AnsweringAsync(500, 200);
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=1h", "CALLBACK_MAX_TRIES=2");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await WhenItWaitsAsync(api, "alter table job_result rename to away");
        for (var i = 0; i < 2; i++)
        {
            await ExecuteAsync(api, "update callback set due_at = now(), lease = null");
            await Eventually.That(async () => Assert.Equal(1, await ExecuteAsync(api, "update callback set host = host where lease is not null")), Ct);
        }
        await ExecuteAsync(api, "alter table away rename to job_result; update callback set due_at = now()");
        await OutboxIsEmptyAsync(api);
        Assert.Equal(2, receiver.Calls.Count);
    }

    [Fact]
    public async Task A_failed_job_that_is_retried_before_it_was_told_is_told_only_when_it_ends_again()
    {
        await using var receiver = await Receiver.AnsweringAsync(500, 200);
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=1h");
        var id = await CreateAsync(api, receiver.Url());
        var (_, token) = await api.ClaimAsync("callback");
        await api.PostAsync($"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{token}}","category":"provider_rejected","message":"no"}""");
        await WhenItWaitsAsync(api, "update callback set host = host");
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/retry")).Status);
        await ExecuteAsync(api, "update callback set due_at = now()");
        await OutboxIsEmptyAsync(api);
        Assert.Single(receiver.Calls);
        await CompleteAsync(api);

        await OutboxIsEmptyAsync(api);
        Assert.Equal(["failed", "completed"], receiver.Calls.Select(call => call.Json.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_failed_job_that_is_retried_and_ends_again_is_told_again_under_another_id()
    {
        await using var receiver = await Receiver.AnsweringAsync(200);
        await using var api = await StartAsync();
        var id = await CreateAsync(api, receiver.Url());
        var (_, token) = await api.ClaimAsync("callback");
        await api.PostAsync($"/api/v1/jobs/{id}/fail", $$"""{"lease_token":"{{token}}","category":"provider_rejected","message":"no"}""");
        await Eventually.That(() => Assert.Single(receiver.Calls), Ct);
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/retry")).Status);
        await CompleteAsync(api);

        await Eventually.That(() => Assert.Equal(2, receiver.Calls.Count), Ct);
        Assert.Equal(["failed", "completed"], receiver.Calls.Select(call => call.Json.GetProperty("status").GetString()));
        Assert.Equal(2, receiver.Calls.Select(call => call.Headers["webhook-id"]).Distinct().Count());
    }

    [Theory]
    [InlineData(700_000, 700_000, "input")]
    [InlineData(10, 1_100_000, "input, result")]
    public async Task A_body_that_is_too_large_says_what_it_leaves_out(int input, int result, string omitted)
    {
        await using var receiver = await Receiver.AnsweringAsync(200);
        await using var api = await StartAsync();
        var text = new string('x', input);
        await api.PostAsync("/api/v1/jobs", $$"""{"owner_service":"tests","task_type":"callback","input":"{{text}}","callback_url":"{{receiver.Url()}}"}""");
        await CompleteAsync(api, $"\"{new string('y', result)}\"");

        await Eventually.That(() => Assert.Single(receiver.Calls), Ct);
        var call = receiver.Calls[0];
        Assert.Equal((omitted, JsonValueKind.Null), (call.Headers["aiplatform-omitted"], call.Json.GetProperty("input").ValueKind));
        Assert.Equal(omitted == "input" ? JsonValueKind.String : JsonValueKind.Null, call.Json.GetProperty("result").ValueKind);
        Assert.True(call.IsSignedWith(RunningApi.CallbackSecret));
    }

    [Fact]
    public async Task A_receiver_that_hangs_is_left_and_holds_up_nobody_else()
    {
        await using var stuck = await Receiver.StartAsync((_, context) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        await using var receiver = await Receiver.AnsweringAsync(200);
        await using var api = await StartAsync("CALLBACK_TIMEOUT=5m", "CALLBACK_HOST_CONCURRENCY=2", "CALLBACK_CONCURRENCY=3");
        for (var i = 0; i < 6; i++)
        {
            await CreateAsync(api, stuck.Url());
            await CompleteAsync(api);
        }
        for (var i = 0; i < 4; i++)
        {
            await CreateAsync(api, receiver.Url());
            await CompleteAsync(api);
        }

        await Eventually.That(() => Assert.Equal(4, receiver.Calls.Count), Ct);
        await Eventually.That(() => Assert.Equal(2, stuck.Calls.Count), Ct);
    }

    [Fact]
    public async Task A_call_that_takes_too_long_counts_as_failed()
    {
        await using var receiver = await Receiver.StartAsync((call, context) =>
            call == 1 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        await using var api = await StartAsync("CALLBACK_TIMEOUT=5s", "CALLBACK_RETRY_DELAY=10ms");
        using var meters = new MeterRecorder("AiPlatform.Api", api.Get<System.Diagnostics.Metrics.IMeterFactory>());
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await OutboxIsEmptyAsync(api);
        Assert.Equal(2, receiver.Calls.Count);
        Assert.Equal(1, meters.Sum("aiplatform.callback.deliveries", ("outcome", "retried"), ("error.type", "timeout")));
        Assert.Equal(1, meters.Sum("aiplatform.callback.deliveries", ("outcome", "delivered")));
        Assert.Equal(["s", "s"], meters.Of("aiplatform.callback.duration").Select(call => call.Unit));
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var inside = await Receiver.AnsweringAsync(200);
        await using var receiver = await Receiver.StartAsync((call, context) =>
        {
            context.Response.StatusCode = call == 1 ? StatusCodes.Status307TemporaryRedirect : StatusCodes.Status200OK;
            context.Response.Headers.Location = inside.Url("localhost");
            return Task.CompletedTask;
        });
        await using var api = await StartAsync("CALLBACK_RETRY_DELAY=10ms");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await OutboxIsEmptyAsync(api);
        Assert.Equal((2, 0), (receiver.Calls.Count, inside.Calls.Count));
    }

    [Fact]
    public async Task Of_two_secrets_both_sign()
    {
        const string next = "whsec_YW5vdGhlciBzZWNyZXQgZm9yIHRoZSByb3RhdGlvbg==";
        await using var receiver = await Receiver.AnsweringAsync(200);
        await using var api = await StartAsync($"CALLBACK_SECRET={RunningApi.CallbackSecret},{next}");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);

        await Eventually.That(() => Assert.Single(receiver.Calls), Ct);
        Assert.True(receiver.Calls[0].IsSignedWith(RunningApi.CallbackSecret));
        Assert.True(receiver.Calls[0].IsSignedWith(next));
    }

    [Fact]
    public async Task A_process_that_stops_gives_back_the_call_in_its_hand()
    {
        await using var receiver = await Receiver.StartAsync((call, context) =>
            call == 1 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask);
        await using var api = await StartAsync("CALLBACK_TIMEOUT=5m");
        await CreateAsync(api, receiver.Url());
        await CompleteAsync(api);
        await Eventually.That(() => Assert.Single(receiver.Calls), Ct);
        await api.StopAsync();

        await using var other = await RunningApi.StartBesideAsync(stores, api.Schema, Allowed);
        await OutboxIsEmptyAsync(other);
        Assert.Equal(2, receiver.Calls.Count);
    }

    [Fact]
    public async Task Two_processes_send_each_callback_once()
    {
        await using var receiver = await Receiver.AnsweringAsync(200);
        await using var api = await StartAsync();
        await using var other = await RunningApi.StartBesideAsync(stores, api.Schema, Allowed);
        var jobs = string.Join(',', Enumerable.Range(0, 100).Select(_ => $$"""{"input":1,"callback_url":"{{receiver.Url()}}"}"""));
        var answer = await api.PostAsync("/api/v1/jobs/batch", $$"""{"defaults":{"owner_service":"tests","task_type":"callback"},"jobs":[{{jobs}}]}""");
        Assert.Equal(201, answer.Status);
        Assert.Equal(200, (await api.PostAsync("/api/v1/jobs/cancel", """{"owner_service":"tests"}""")).Status);

        await OutboxIsEmptyAsync(api);
        Assert.Equal((100, 100), (receiver.Calls.Count, receiver.Calls.Select(call => call.JobId).Distinct().Count()));
    }

    const string Allowed = "CALLBACK_ALLOWED_HOSTS=127.0.0.1:*";

    Task<RunningApi> StartAsync(params string[] settings) => RunningApi.StartAsync(stores, [Allowed, .. settings]);

    static async Task<Guid> CreateAsync(RunningApi api, string url, string more = "") =>
        await api.CreateAsync("callback", $$""","callback_url":"{{url}}" """ + more);

    static async Task CompleteAsync(RunningApi api, string result = "1")
    {
        var (id, token) = await api.ClaimAsync("callback");
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{token}}","result":{{result}}}""")).Status);
    }

    /// <summary>Does it once the one callback has failed and waits for its next call.</summary>
    static Task WhenItWaitsAsync(RunningApi api, string sql) => Eventually.That(async () =>
    {
        Assert.Equal(1, await ExecuteAsync(api, "update callback set host = host where lease is null and tries = 1"));
        await ExecuteAsync(api, sql);
    }, Ct);

    static async Task<int> ExecuteAsync(RunningApi api, string sql)
    {
        await using var command = api.Get<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(Ct);
    }

    static Task OutboxIsEmptyAsync(RunningApi api) => Eventually.That(async () =>
    {
        await using var count = api.Get<NpgsqlDataSource>().CreateCommand("select count(*) from callback");
        Assert.Equal(0L, await count.ExecuteScalarAsync(Ct));
    }, Ct);
}
