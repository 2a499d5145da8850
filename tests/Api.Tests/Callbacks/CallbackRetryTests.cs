using AiPlatform.Testing;
using static AiPlatform.Api.Tests.Callbacks.CallbackApi;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>When receivers are called again, and when no more. Each test has an API of its own.</summary>
public sealed class CallbackRetryTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

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

    Task<RunningApi> StartAsync(params string[] settings) => CallbackApi.StartAsync(stores, settings);
}
