using System.Diagnostics.Metrics;
using System.Text;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Api.Tests;

/// <summary>API processes that are killed between Postgres and Redis: what they had in their hands is found within ten seconds. A network that
/// falls silent holds them there.</summary>
public sealed class HandoffCrashTests(Stores stores)
{
    /// <summary>Three times what is promised, for machines that are busy; far less than the next build of the whole index.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_whose_API_was_killed_between_its_commit_and_the_index_is_found()
    {
        await using var other = await IndexedApiAsync();
        await using var network = ProxyOf(stores.RedisConnectionString.Split(',')[0]);
        await using var api = await ApiProcess.StartAsync(stores, other.Schema, ApiProcess.Through(network, stores));
        using var meters = new MeterRecorder(JobsTelemetry.Name, other.Get<IMeterFactory>());

        network.Silence();
        var creating = PostAsync(api, "/api/v1/jobs", """{"owner_service":"tests","task_type":"unseen","input":{}}""");
        var id = Guid.Empty;
        await Eventually.That(async () => id = Assert.Single(await OpenJobsAsync(other)), Ct);
        await api.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => creating);

        Assert.Equal(id, Assert.Single(await ClaimAsync(other, "unseen")).Id);
        await Eventually.That(() => Assert.Equal(1, meters.Sum("aiplatform.handoff.recovered")), Ct);
    }

    [Fact]
    public async Task A_job_whose_API_was_killed_between_the_index_and_its_claim_is_found()
    {
        await using var other = await IndexedApiAsync();
        var address = new NpgsqlConnectionStringBuilder(stores.ConnectionString);
        await using var network = TcpProxy.Start(address.Host!, address.Port);
        await using var api = await ApiProcess.StartAsync(stores, other.Schema, ApiProcess.Through(network, stores, other.Schema));
        using var meters = new MeterRecorder(JobsTelemetry.Name, other.Get<IMeterFactory>());
        const string Claim = """{"worker_id":"w","task_types":["dropped"],"wait":"20s"}""";
        await other.CreateAsync("dropped");
        using (var knows = await PostAsync(api, "/api/v1/jobs/claim", Claim))
            knows.EnsureSuccessStatusCode();
        var id = await other.CreateAsync("dropped");

        network.Silence();
        var claiming = PostAsync(api, "/api/v1/jobs/claim", Claim);
        await Eventually.That(async () => Assert.NotNull(await Redis(other).SortedSetScoreAsync(Key(other, "taken"), $"{id}")), Ct);
        await api.KillAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => claiming);

        var claimed = Assert.Single(await ClaimAsync(other, "dropped"));
        Assert.Equal((id, 1), (claimed.Id, claimed.Attempt));
        await Eventually.That(() => Assert.Equal(1, meters.Sum("aiplatform.handoff.recovered")), Ct);
    }

    /// <summary>An API that leads the maintenance, with a complete index: until then everybody claims from Postgres alone.</summary>
    async Task<RunningApi> IndexedApiAsync()
    {
        var api = await RunningApi.StartAsync(stores);
        await Eventually.That(async () => Assert.True(await Redis(api).KeyExistsAsync(Key(api, "epoch"))), Ct);
        return api;
    }

    static TcpProxy ProxyOf(string address)
    {
        var colon = address.LastIndexOf(':');
        return TcpProxy.Start(address[..colon], int.Parse(address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    static async Task<List<Guid>> OpenJobsAsync(RunningApi api)
    {
        await using var command = api.Get<NpgsqlDataSource>().CreateCommand("select id from job_open");
        await using var reader = await command.ExecuteReaderAsync(Ct);
        List<Guid> ids = [];
        while (await reader.ReadAsync(Ct))
            ids.Add(reader.GetGuid(0));
        return ids;
    }

    static Task<IReadOnlyList<ClaimedJob>> ClaimAsync(RunningApi api, string taskType) =>
        api.Queue.ClaimAsync(new ClaimRequest("w", [taskType], [], 1, TimeSpan.FromMinutes(5), Limit), Ct);

    static Task<HttpResponseMessage> PostAsync(ServiceProcess api, string path, string json) =>
        api.Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Ct);

    static IDatabase Redis(RunningApi api) => api.Get<IConnectionMultiplexer>().GetDatabase();

    static RedisKey Key(RunningApi api, string name) => $"{{{api.Schema}}}:{name}";
}
