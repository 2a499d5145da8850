using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

public sealed class StoreAwayTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_Postgres_callers_are_told_to_come_back_and_without_Redis_they_are_served()
    {
        await using var stores = await Stores.StartAsync(Ct);
        await using var api = await RunningApi.StartAsync(stores);
        await Eventually.That(async () => Assert.Equal((200, "ready"), await ReadyAsync(api)), Ct);

        await stores.Redis.StopAsync(Ct);
        await Eventually.That(async () => Assert.Equal((200, "degraded"), await ReadyAsync(api)), Ct);
        var id = await api.CreateAsync("without-redis");
        var (claimed, token) = await api.ClaimAsync("without-redis");
        Assert.Equal(id, claimed);
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{token}}","result":1}""")).Status);

        await stores.Postgres.StopAsync(Ct);
        await Eventually.That(async () => Assert.Equal((503, "unavailable"), await ReadyAsync(api)), Ct);
        Answer[] answers =
        [
            await api.GetAsync("/api/v1/stats"), await api.PostAsync("/chat", """{"user":"Hello"}"""),
            await api.GetAsync($"/api/v1/jobs/{id}/events"),
        ];
        foreach (var answer in answers)
        {
            answer.IsProblem(503, "store_unavailable", "Nothing was done, or is known to be done. Try again.");
            Assert.Equal(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter!.Delta);
        }
        Assert.Equal(200, (await api.GetAsync("/healthz")).Status);

        await stores.Postgres.StartAsync(Ct);
        await Eventually.That(async () => Assert.Equal(200, (await api.GetAsync($"/api/v1/jobs/{id}")).Status), Ct);
        Assert.Equal("completed", (await api.GetAsync($"/api/v1/jobs/{id}")).Json.GetProperty("status").GetString());
    }

    static async Task<(int Status, string? Word)> ReadyAsync(RunningApi api)
    {
        var answer = await api.GetAsync("/readyz");
        return (answer.Status, answer.Json.GetProperty("status").GetString());
    }
}
