using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>A process that dies between the end of a job and its callback.</summary>
public sealed class CallbackCrashTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_process_loses_no_callback_and_no_secret_is_in_its_log()
    {
        await using var receiver = await Receiver.StartAsync((call, context) =>
        {
            context.Response.StatusCode = call == 1 ? 500 : 200;
            return call == 2 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Task.CompletedTask;
        });
        var schema = await RunningApi.NewSchemaAsync(stores);

        await using (var process = await ApiProcess.StartAsync(
            stores, schema, ("CALLBACK_ALLOWED_HOSTS", "127.0.0.1:*"), ("CALLBACK_TIMEOUT", "5m"), ("CALLBACK_RETRY_DELAY", "10ms"),
            ("Logging__LogLevel__Default", "Debug")))
        {
            using var created = await process.Http.PostAsync("/api/v1/jobs", Json(
                $$"""{"owner_service":"tests","task_type":"callback","input":{},"callback_url":"{{receiver.Url()}}"}"""), Ct);
            var id = (await Answer.ReadAsync(created, Ct)).Json.GetProperty("id").GetGuid();
            using var cancelled = await process.Http.PostAsync($"/api/v1/jobs/{id}/cancel", null, Ct);
            cancelled.EnsureSuccessStatusCode();
            await Eventually.That(() => Assert.Equal(2, receiver.Calls.Count), Ct);
            await Eventually.That(() => Assert.Contains(process.Output, line => line.Contains("127.0.0.1:", StringComparison.Ordinal)
                && line.Contains("answered 500. Try 1", StringComparison.Ordinal)), Ct);
            await process.KillAsync();

            var log = string.Join('\n', process.Output);
            Assert.DoesNotContain("a-secret-of-the-receiver", log, StringComparison.Ordinal);
            Assert.DoesNotContain(RunningApi.CallbackSecret["whsec_".Length..], log, StringComparison.Ordinal);
        }

        await using var other = await RunningApi.StartBesideAsync(stores, schema, "CALLBACK_ALLOWED_HOSTS=127.0.0.1:*");
        await using (var lapse = other.Get<NpgsqlDataSource>().CreateCommand("update callback set due_at = now()"))
            Assert.Equal(1, await lapse.ExecuteNonQueryAsync(Ct));
        await Eventually.That(() => Assert.Equal(3, receiver.Calls.Count), Ct);
        Assert.Single(receiver.Calls.Select(call => call.Headers["webhook-id"]).Distinct());
    }

    static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
