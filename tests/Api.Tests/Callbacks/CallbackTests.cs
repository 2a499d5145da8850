using System.Text.Json;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Http;
using static AiPlatform.Api.Tests.Callbacks.CallbackApi;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>What receivers are sent. Each test has an API of its own.</summary>
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

    Task<RunningApi> StartAsync(params string[] settings) => CallbackApi.StartAsync(stores, settings);
}
