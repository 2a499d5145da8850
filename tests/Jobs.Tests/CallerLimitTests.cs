using System.Security.Cryptography;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>How many jobs of an owner may run, by the callers that name it, while they are there and afterwards; and that a process hears of their end.</summary>
public sealed class CallerLimitTests(Stores stores)
{
    const int NoLimit = 0;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_revoked_caller_has_left_runs_within_its_limit()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await MakeAsync(host, "flood", mostRunning: 2);
        Assert.Equal(2, await MostRunningAsync(host));
        await RevokeAsync(host, "flood");
        Assert.Equal(2, await MostRunningAsync(host));
    }

    [Fact]
    public async Task So_does_what_an_expired_one_has_left()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await MakeAsync(host, "flood", mostRunning: 2, expiresAt: DateTimeOffset.UnixEpoch);
        Assert.Equal(2, await MostRunningAsync(host));
        // The end of what has ended is no other one.
        await RevokeAsync(host, "flood");
        Assert.Equal(2, await MostRunningAsync(host));
    }

    [Fact]
    public async Task The_limit_is_that_of_callers_that_are_there_or_else_of_the_last_that_was()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await MakeAsync(host, "first", mostRunning: 2);
        await MakeAsync(host, "second", mostRunning: 5);
        Assert.Equal(2, await MostRunningAsync(host));
        await RevokeAsync(host, "first");
        Assert.Equal(5, await MostRunningAsync(host));
        await RevokeAsync(host, "second");
        Assert.Equal(5, await MostRunningAsync(host));

        await MakeAsync(host, "third", mostRunning: null);
        Assert.Equal(NoLimit, await MostRunningAsync(host));
        await RevokeAsync(host, "third");
        Assert.Equal(NoLimit, await MostRunningAsync(host));

        // An administrator's word holds beside it.
        await MakeAsync(host, "fourth", mostRunning: 7);
        await RevokeAsync(host, "fourth");
        await host.Queue.SetShareAsync(new OwnerShare("flooded", Weight: 1, MostRunning: 3), "tests", Ct);
        Assert.Equal(3, await MostRunningAsync(host));
        await host.Queue.SetShareAsync(new OwnerShare("flooded", Weight: 1, MostRunning: 9), "tests", Ct);
        Assert.Equal(7, await MostRunningAsync(host));
    }

    [Fact]
    public async Task Callers_are_read_while_every_connection_of_the_pool_is_busy()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await MakeAsync(host, "flood", mostRunning: 2);
        var callers = host.Get<CallerStore>();
        var before = await callers.VersionAsync(Ct);
        var pool = host.Get<NpgsqlDataSource>();
        var most = new NpgsqlConnectionStringBuilder(pool.ConnectionString).MaxPoolSize;
        var busy = new List<NpgsqlConnection>();
        try
        {
            while (busy.Count < most)
            {
                busy.Add(await pool.OpenConnectionAsync(Ct));
            }
            await RevokeAsync(host, "flood");
            Assert.Equal(before + 1, await callers.VersionAsync(Ct));
            Assert.NotNull(Assert.Single(await callers.AllAsync(Ct)).RevokedAt);
        }
        finally
        {
            foreach (var connection in busy)
            {
                await connection.DisposeAsync();
            }
        }
    }

    static async Task<int> MostRunningAsync(JobsHost host)
    {
        await host.Queue.SubmitAsync([Job(owner: "flooded")], Ct);
        return (await host.Get<JobStore>().SharesSaidAsync(Ct)).Owners.SingleOrDefault().MostRunning ?? NoLimit;
    }

    static async Task MakeAsync(JobsHost host, string name, int? mostRunning, DateTimeOffset? expiresAt = null) => Assert.IsType<CallerChange.Done>(
        await host.Get<CallerStore>().CreateAsync(
            new Caller { Name = name, Roles = [CallerRole.Submit], OwnerServices = ["flooded"], MostRunning = mostRunning },
            expiresAt, new NewToken(Guid.CreateVersion7(), RandomNumberGenerator.GetBytes(32), "aip_…", null), isOpen: false, "tests", Ct));

    static async Task RevokeAsync(JobsHost host, string name) =>
        Assert.IsType<CallerChange.Done>(await host.Get<CallerStore>().RevokeAsync(name, hasFile: false, isOpen: false, "tests", Ct));
}
