using AiPlatform.Jobs.Maintenance;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>A job that gets its id, waits for Postgres, and is committed when the looks at the time of its id are over.</summary>
public sealed class LateCommitTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_was_committed_long_after_it_got_its_id_and_never_shown_is_found()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        var job = Late(seconds: 15);
        await host.Get<JobStore>().SubmitEachAsync([job], Ct);
        Assert.Equal([job.Id], (await host.ClaimAsync(waitSeconds: 30)).Select(claim => claim.Id));
    }

    [Theory]
    [InlineData(false, 5)]
    [InlineData(false, 20)]
    [InlineData(true, 0)]
    [InlineData(true, 20)]
    public async Task A_commit_is_found_once_however_long_it_was_under_way(bool sinceBeforeTheFirstLook, int looks)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        var reconciler = ActivatorUtilities.CreateInstance<SubmitReconciler>(host.Get<IServiceProvider>());
        var held = Random.Shared.NextInt64();
        await using var gate = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await AskAsync(gate, $"select pg_advisory_lock({held})");
        await AskAsync(gate, $"""
            create function wait() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock({held}); return null; end';
            create trigger wait after insert on job_open for each row execute function wait()
            """);
        await LookAsync(sinceBeforeTheFirstLook ? 0 : 1);
        var job = Late(seconds: 30);
        var submitted = host.Get<JobStore>().SubmitEachAsync([job], Ct);
        await Eventually.That(async () => Assert.Equal(
            [1L],
            await host.QueryAsync($"select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = {(uint)held}", row => row.GetInt64(0))), Ct);
        await LookAsync(looks + (sinceBeforeTheFirstLook ? 1 : 0));
        await AskAsync(gate, $"select pg_advisory_unlock({held})");
        await submitted;

        var found = new List<int>();
        await Eventually.That(async () =>
        {
            found.Add(await reconciler.RunAsync(Ct));
            Assert.Contains(1, found);
        }, Ct);
        Assert.Equal(0, await reconciler.RunAsync(Ct));
        Assert.Equal([job.Id], (await host.ClaimAsync()).Select(claim => claim.Id));

        async Task LookAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                Assert.Equal(0, await reconciler.RunAsync(Ct));
            }
        }
    }

    [Fact]
    public async Task Every_job_is_found_by_some_look()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        var reconciler = ActivatorUtilities.CreateInstance<SubmitReconciler>(host.Get<IServiceProvider>());
        var (all, found) = (0, 0);
        for (var round = 0; round < 40; round++)
        {
            var jobs = Enumerable.Range(0, round * 7).Select(i => Job(profile: $"p{i % 3}")).ToArray();
            await host.Get<JobStore>().SubmitEachAsync(jobs, Ct);
            (all, found) = (all + jobs.Length, found + await reconciler.RunAsync(Ct));
        }
        Assert.Equal(all, found + await reconciler.RunAsync(Ct));
    }

    [Fact]
    public async Task What_was_there_at_the_earlier_look_is_not_read_again_nor_what_came_after_the_later()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var store = host.Get<JobStore>();
        var first = await store.LookAsync(Ct);
        var id = await host.SubmitAsync();
        var second = await store.LookAsync(Ct);
        await Eventually.That(async () => Assert.True((await store.LookAsync(Ct)).FirstOpen >= second.End), Ct);
        var third = await store.LookAsync(Ct);
        Assert.Empty(await ReadAsync(null, first));
        Assert.Equal([id], await ReadAsync(null, second));
        Assert.Equal([id], await ReadAsync(first, second));
        Assert.Empty(await ReadAsync(third, third));

        await host.ClaimOneAsync();
        Assert.Empty(await ReadAsync(null, await store.LookAsync(Ct)));

        async Task<Guid[]> ReadAsync(Look? since, Look until) =>
            [.. (await store.ArrivalsAsync(0, long.MaxValue, since, until, Ct)).Select(row => row.Id)];
    }

    static NewJob Late(int seconds) => Job() with { Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddSeconds(-seconds)) };

    static async Task AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
