using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.Callbacks;

/// <summary>An API whose jobs of one task type are called back about.</summary>
static class CallbackApi
{
    public const string Allowed = "CALLBACK_ALLOWED_HOSTS=127.0.0.1:*";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static Task<RunningApi> StartAsync(Stores stores, params string[] settings) => RunningApi.StartAsync(stores, [Allowed, .. settings]);

    public static async Task<Guid> CreateAsync(RunningApi api, string url, string more = "") =>
        await api.CreateAsync("callback", $$""","callback_url":"{{url}}" """ + more);

    public static async Task CompleteAsync(RunningApi api, string result = "1")
    {
        var (id, token) = await api.ClaimAsync("callback");
        Assert.Equal(200, (await api.PostAsync($"/api/v1/jobs/{id}/complete", $$"""{"lease_token":"{{token}}","result":{{result}}}""")).Status);
    }

    /// <summary>Does it once the one callback has failed and waits for its next call.</summary>
    public static Task WhenItWaitsAsync(RunningApi api, string sql) => Eventually.That(async () =>
    {
        Assert.Equal(1, await ExecuteAsync(api, "update callback set host = host where lease is null and tries = 1"));
        await ExecuteAsync(api, sql);
    }, Ct);

    public static async Task<int> ExecuteAsync(RunningApi api, string sql)
    {
        await using var command = api.Get<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteNonQueryAsync(Ct);
    }

    public static Task OutboxIsEmptyAsync(RunningApi api) => Eventually.That(async () =>
    {
        await using var count = api.Get<NpgsqlDataSource>().CreateCommand("select count(*) from callback");
        Assert.Equal(0L, await count.ExecuteScalarAsync(Ct));
    }, Ct);
}
