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
        Assert.Equal([job.Id], (await host.ClaimAsync(waitSeconds: 10)).Select(claim => claim.Id));
    }

    [Fact]
    public async Task A_commit_is_found_by_the_look_after_it_however_long_it_was_under_way()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        var look = ActivatorUtilities.CreateInstance<LateCommitFinder>(host.Get<IServiceProvider>());
        var held = Random.Shared.NextInt64();
        await using var gate = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await AskAsync(gate, $"select pg_advisory_lock({held})");
        await AskAsync(gate, $"""
            create function wait() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock({held}); return null; end';
            create trigger wait after insert on job_open for each row execute function wait()
            """);
        var job = Late(seconds: 30);
        var submitted = host.Get<JobStore>().SubmitEachAsync([job], Ct);
        await Eventually.That(async () => Assert.Equal(
            [1L],
            await host.QueryAsync($"select count(*) from pg_locks where locktype = 'advisory' and not granted and objid = {(uint)held}", row => row.GetInt64(0))), Ct);

        Assert.Equal(0, await look.RunAsync(Ct));
        await AskAsync(gate, $"select pg_advisory_unlock({held})");
        await submitted;
        Assert.Equal(1, await look.RunAsync(Ct));
        Assert.Equal(0, await look.RunAsync(Ct));
        Assert.Equal([job.Id], (await host.ClaimAsync()).Select(claim => claim.Id));
    }

    [Fact]
    public async Task What_was_there_at_the_last_look_is_not_read_again()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var before = await NowAsync(host);
        var id = await host.SubmitAsync();
        var after = await NowAsync(host);
        Assert.Equal([id], await ReadAsync(host, null));
        Assert.Equal([id], await ReadAsync(host, before));
        Assert.Empty(await ReadAsync(host, after));

        await host.ClaimOneAsync();
        Assert.Empty(await ReadAsync(host, null));
    }

    static NewJob Late(int seconds) => Job() with { Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddSeconds(-seconds)) };

    static async Task<Guid[]> ReadAsync(JobsHost host, string? since) =>
        [.. (await host.Get<JobStore>().LatePageAsync(Guid.Empty, JobStore.LastId, 10, since, Ct)).Select(row => row.Id)];

    /// <summary>A number that no transaction before this has reached, and all later ones pass.</summary>
    static async Task<string> NowAsync(JobsHost host) => (await host.QueryAsync("select pg_current_xact_id()::xid::text", row => row.GetString(0)))[0];

    static async Task AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
