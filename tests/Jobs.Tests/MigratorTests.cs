using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Jobs.Tests;

public sealed class MigratorTests(Stores stores)
{
    [Fact]
    public async Task A_second_start_changes_nothing()
    {
        await using var first = await JobsHost.StartAsync(stores, maintenance: false);
        var before = await AppliedAsync(first);
        await using var second = await JobsHost.StartAsync(stores, maintenance: false, beside: first);
        Assert.Equal(before, await AppliedAsync(first));
        Assert.Equal(["0001_jobs.sql", "0002_files_and_batches.sql", "0003_checkpoints.sql", "0004_audio_of_jobs.sql", "0005_tallies.sql", "0006_callers.sql", "0007_tenants.sql", "0008_shares.sql", "0009_days_by_others.sql", "0010_files_by_owner.sql"], before.Select(migration => migration.Name));
    }

    [Fact]
    public async Task Processes_that_start_at_once_migrate_once()
    {
        var schema = await JobsHost.NewSchemaAsync(stores);
        var hosts = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => JobsHost.StartAsync(stores, maintenance: false, schema: schema)));
        Assert.Equal(10, (await AppliedAsync(hosts[0])).Count);
        await Task.WhenAll(hosts.Select(host => host.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_stops_the_start()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var now = (await host.QueryAsync("select encode(checksum, 'hex') from schema_migration where name = '0001_jobs.sql'", row => row.GetString(0)))[0];
        await host.ExecuteAsync("update schema_migration set checksum = decode('00ff', 'hex')");

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => JobsHost.StartAsync(stores, maintenance: false, beside: host));
        Assert.Equal(
            $"Migration 0001_jobs.sql was applied with another content (SHA-256 00ff, now {now}). "
            + "Restore the file and put the change into a new migration.", failure.Message);
    }

    [Fact]
    public async Task The_lock_of_the_migration_does_not_outlive_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var command = source.CreateCommand(
            "select count(*) from pg_locks l join pg_stat_activity a using (pid) "
            + $"where l.locktype = 'advisory' and a.application_name = '{host.Name}'");
        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    static Task<List<(string Name, DateTime At)>> AppliedAsync(JobsHost host) =>
        host.QueryAsync("select name, applied_at from schema_migration order by name", row => (row.GetString(0), row.GetDateTime(1)));
}
