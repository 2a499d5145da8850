using System.Text;
using AiPlatform.Api.Access;
using AiPlatform.Api.Tests.OpenAi;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.Access;

/// <summary>Callers that are turned off or end by themselves, and the work that they leave.</summary>
public sealed class EndedCallerTests(Stores stores)
{
    const string Admin = "the-administrator's-word";

    static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_revoked_caller_has_left_keeps_to_its_limit_and_its_tenant()
    {
        await using var api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        var token = await api.MakeAsync(Admin, "flood", """ "roles":["submit","read"],"owner_services":["left"],"tenant":"left-t","most_waiting":2 """);
        var lines = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 9).Select(line => BatchCalls.Line($"{line}", "left"))));
        var file = (await api.SendAsync(HttpMethod.Post, FileCalls.Files, FileCalls.Form(lines), ("Authorization", $"Bearer {token}"))).Json.Text("id");
        var batch = (await api.AsAsync(token, "POST", BatchCalls.Batches, BatchCalls.Create(file))).Json.Text("id");
        await Eventually.That(async () => Assert.Equal(2, await WaitingAsync(api)), Ct);
        Assert.Equal(200, (await api.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/flood/revoke")).Status);

        for (var done = 0; done < 9;)
        {
            var claimed = await api.Queue.ClaimAsync(new ClaimRequest("w", ["llm_chat"], ["left"], 9, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(60)), Ct);
            Assert.InRange(claimed.Count, 1, 2);
            // Those that it leaves room for are made while these run: only then is there more to be taken at a time.
            var left = Math.Min(2, 9 - done - claimed.Count);
            await Eventually.That(async () => Assert.Equal(left, await WaitingAsync(api)), Ct);
            foreach (var job in claimed)
            {
                Assert.Equal(("left", "left-t"), (job.OwnerService, job.TenantId));
                await ModelWorker.FinishAsync(api, job, "Hi");
                done++;
            }
        }
        await Eventually.That(async () => Assert.Equal("completed", (await api.AsAsync(Admin, "GET", $"{BatchCalls.Batches}/{batch}")).Json.Text("status")), Ct);
    }

    [Fact]
    public async Task What_a_revoked_caller_has_left_is_cancelled_by_its_owner()
    {
        await using var api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        var token = await api.MakeAsync(Admin, "flood", """ "roles":["submit"],"owner_services":["left"] """);
        Assert.Equal(201, (await api.AsAsync(token, "POST", "/api/v1/jobs", """{"task_type":"t","input":1}""")).Status);
        Assert.Equal(200, (await api.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/flood/revoke")).Status);
        Assert.Equal(1, await WaitingAsync(api));
        Assert.Equal("""{"count":1}""", (await api.AsAsync(Admin, "POST", "/api/v1/jobs/cancel", """{"owner_service":"left"}""")).Text);
    }

    [Fact]
    public void The_room_of_an_owner_is_that_of_callers_that_are_there_or_else_of_the_last_that_was()
    {
        Assert.Null(MostWaiting());
        Assert.Null(MostWaiting(Caller(null)));
        Assert.Equal(3, MostWaiting(Caller(3), Caller(4), Caller(null)));
        Assert.Equal(3, MostWaiting(Caller(3, revoked: -1)));
        Assert.Equal(3, MostWaiting(Caller(3, expires: -1)));
        Assert.Equal(3, MostWaiting(Caller(3, expires: -2, revoked: -1)));
        Assert.Equal(4, MostWaiting(Caller(3, revoked: -1), Caller(4)));
        Assert.Equal(4, MostWaiting(Caller(3, revoked: -1), Caller(4, expires: 1)));
        Assert.Null(MostWaiting(Caller(3, revoked: -1), Caller(null)));
        Assert.Equal(4, MostWaiting(Caller(3, revoked: -2), Caller(4, expires: -1)));
        Assert.Equal(4, MostWaiting(Caller(3, expires: -3, revoked: -1), Caller(4, expires: -2)));
        Assert.Equal(3, MostWaiting(Caller(3, revoked: -1), Caller(4, revoked: -1), Caller(null, revoked: -1)));
        // The clock of this process is behind that of the database.
        Assert.Equal(4, MostWaiting(Caller(3, revoked: 1), Caller(4)));
        Assert.Equal(3, MostWaiting(Caller(3, revoked: 1)));
    }

    [Fact]
    public async Task A_caller_is_turned_off_while_its_requests_hold_every_connection()
    {
        await using var api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Admin}");
        await using var beside = await RunningApi.StartBesideAsync(stores, api.Schema, $"AI_SERVICE_TOKEN={Admin}");
        var token = await api.MakeAsync(Admin, "leaked", """ "roles":["read"],"owner_services":["a"] """);
        var busy = new List<NpgsqlConnection>();
        try
        {
            // One may be that of the maintenance: all are taken when nobody gets a further one.
            while (await MoreAsync(api.Get<NpgsqlDataSource>()) is { } connection)
                busy.Add(connection);
            Assert.Equal(200, (await beside.AsAsync(Admin, "POST", $"{CallerRequests.Callers}/leaked/revoke")).Status);
            await Eventually.That(() => Assert.Equal(AccessFailure.Revoked, api.Get<CallerDirectory>().Find(token).Failure), Ct);
            Assert.Equal(401, (await api.AsAsync(token, "GET", "/api/v1/jobs")).Status);
        }
        finally
        {
            foreach (var connection in busy)
                await connection.DisposeAsync();
        }
    }

    /// <returns>A connection of the pool; null where there is none for as long as one waits for it.</returns>
    static async Task<NpgsqlConnection?> MoreAsync(NpgsqlDataSource pool)
    {
        try
        {
            return await pool.OpenConnectionAsync(Ct);
        }
        catch (NpgsqlException full) when (full.InnerException is TimeoutException)
        {
            return null;
        }
    }

    static int? MostWaiting(params StoredCaller[] callers) => new KnownCallers(1, callers).MostWaitingOf("left", Now);

    /// <param name="expires">Hours from now.</param>
    /// <param name="revoked">As well.</param>
    static StoredCaller Caller(int? mostWaiting, int? expires = null, int? revoked = null) => new()
    {
        Caller = new Caller { Name = "c", Roles = [CallerRole.Submit], OwnerServices = ["left"], MostWaiting = mostWaiting },
        IsOfFile = false,
        ExpiresAt = expires is { } end ? Now.AddHours(end) : null,
        RevokedAt = revoked is { } at ? Now.AddHours(at) : null,
    };

    static async Task<long> WaitingAsync(RunningApi api) =>
        (await api.Queue.StatsAsync(JobScope.All, Ct)).ByOwnerService.Where(row => row.Name == "left").Sum(row => row.Pending);
}
