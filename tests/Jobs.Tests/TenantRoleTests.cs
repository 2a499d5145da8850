using AiPlatform.Contracts;
using AiPlatform.Testing;
using Microsoft.Extensions.Options;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Users of Postgres that are no superusers, and the role of tenants.</summary>
public sealed class TenantRoleTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_who_may_not_take_the_role_is_told_what_an_administrator_has_to_run()
    {
        // The role is there for all databases of the server, from this host on.
        await using var other = await JobsHost.StartAsync(stores, maintenance: false);
        await using var user = await User.CreateAsync(other);
        var schema = await JobsHost.NewSchemaAsync(stores);
        await other.ExecuteAsync($"alter schema {schema} owner to {user.Name}");

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => JobsHost.StartAsync(stores, maintenance: false, schema: schema, user: user.Name));
        Assert.Equal(
            $"The user of DATABASE_URL may not apply the migration 0007_tenants.sql: {user.Name} is not a member of the role aiplatform_tenant and may not grant it. A user that may create roles runs, once: "
            + $"create role aiplatform_tenant nologin nobypassrls; grant aiplatform_tenant to {user.Name};", Assert.Single(failure.Failures));

        await other.ExecuteAsync($"grant aiplatform_tenant to {user.Name}");
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, schema: schema, user: user.Name);
        await LivesAsync(host);
    }

    [Fact]
    public async Task Users_of_the_hot_path_need_not_own_the_tables()
    {
        await using var owner = await JobsHost.StartAsync(stores, maintenance: false);
        await using var user = await User.CreateAsync(owner);
        // It inherits from the role, as members do unless they are told not to.
        await owner.ExecuteAsync($"""
            grant aiplatform_tenant to {user.Name};
            grant usage on schema {owner.Schema} to {user.Name};
            grant select, insert, update, delete on all tables in schema {owner.Schema} to {user.Name};
            grant usage, select on all sequences in schema {owner.Schema} to {user.Name}
            """);
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, beside: owner, configure: options => options.MigrateOnStart = false, user: user.Name);
        await LivesAsync(host);
    }

    [Fact]
    public async Task For_a_user_that_does_not_inherit_the_policies_cost_nothing()
    {
        await using var owner = await JobsHost.StartAsync(stores, maintenance: false);
        await using var user = await User.CreateAsync(owner);
        await owner.ExecuteAsync($"""
            alter role {user.Name} noinherit;
            grant aiplatform_tenant to {user.Name};
            grant usage on schema {owner.Schema} to {user.Name};
            grant select, insert, update, delete on all tables in schema {owner.Schema} to {user.Name};
            grant usage, select on all sequences in schema {owner.Schema} to {user.Name}
            """);
        await using var other = NpgsqlDataSource.Create($"{stores.ConnectionString};Search Path={owner.Schema};Username={user.Name};Password={user.Name}");
        foreach (var pinned in PinnedPlanTests.Pinned.Select(row => row.Data))
        {
            Assert.Equal(await PlanAsync(owner.Get<NpgsqlDataSource>(), pinned), await PlanAsync(other, pinned));
        }
    }

    [Fact]
    public async Task From_the_role_of_tenants_there_is_no_way_to_another_but_back()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.SubmitAsync();
        await using var user = await User.CreateAsync(host);
        await host.ExecuteAsync($"grant aiplatform_tenant to {user.Name}");
        await using var source = NpgsqlDataSource.Create($"{stores.ConnectionString};Search Path={host.Schema};Username={user.Name};Password={user.Name}");
        await using var connection = await source.OpenConnectionAsync(Ct);
        var superuser = (await host.QueryAsync("select current_user::text", row => row.GetString(0)))[0];
        await SayAsync("set role aiplatform_tenant");
        await RefusedAsync($"set role {superuser}");
        await RefusedAsync($"set session authorization {superuser}");
        await RefusedAsync("alter table job disable row level security");
        await RefusedAsync("drop policy of_tenant on job");
        await RefusedAsync("alter role aiplatform_tenant bypassrls");
        await RefusedAsync("select * from job_rest");
        await SayAsync("reset role");
        await using var count = new NpgsqlCommand("select count(*) from job", connection);
        Assert.Equal(0L, await count.ExecuteScalarAsync(Ct));
        await RefusedAsync("delete from job");

        async Task SayAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Ct);
        }

        async Task RefusedAsync(string sql) =>
            Assert.Equal((sql, PostgresErrorCodes.InsufficientPrivilege), (sql, (await Assert.ThrowsAsync<PostgresException>(() => SayAsync(sql))).SqlState));
    }

    /// <summary>As generic plan, without its guesses of costs.</summary>
    static async Task<List<string>> PlanAsync(NpgsqlDataSource source, string name)
    {
        var text = EmbeddedText.Get(name + ".sql");
        var nulls = string.Join(", ", SqlFile.Parameters(text).Select(_ => "null"));
        await using var connection = await source.OpenConnectionAsync(Ct);
        await using var prepare = new NpgsqlCommand($"set plan_cache_mode = force_generic_plan; prepare p {SqlFile.Types(text)} as {text}", connection);
        await prepare.ExecuteNonQueryAsync(Ct);
        List<string> lines = [];
        await using (var explain = new NpgsqlCommand($"explain (costs off) execute p ({nulls})", connection))
        {
            await using var reader = await explain.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct))
            {
                lines.Add(reader.GetString(0));
            }
        }
        await using var forget = new NpgsqlCommand("deallocate p; reset plan_cache_mode", connection);
        await forget.ExecuteNonQueryAsync(Ct);
        return lines;
    }

    /// <summary>All rights see all, a tenant its own, and the life of a job is as ever.</summary>
    static async Task LivesAsync(JobsHost host)
    {
        await host.BuildEmptyAsync();
        var (acme, task) = (new JobScope("acme", ["acme"]), NewTask());
        var own = (await host.Queue.SubmitAsync(acme, [Job(owner: "acme", task: task)], Ct))[0].Id;
        var other = await host.SubmitAsync(Job(owner: "other", task: task));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, own, Ct));
        Assert.NotNull(await host.Queue.GetAsync(JobScope.All, other, Ct));
        Assert.NotNull(await host.Queue.GetAsync(acme, own, Ct));
        Assert.Null(await host.Queue.GetAsync(new JobScope("acme", null), other, Ct));
        foreach (var claim in await host.ClaimAsync(limit: 2, task: task))
        {
            await host.CompleteAsync(claim);
        }
        Assert.Equal(2, (await host.Queue.ListAsync(JobScope.All, new JobFilter { Status = JobStatus.Completed }, null, 10, Ct)).Jobs.Count);
        Assert.Equal([own], (await host.Queue.ListAsync(acme, new JobFilter { Status = JobStatus.Completed }, null, 10, Ct)).Jobs.Select(job => job.Id));
    }

    /// <summary>A user that may log in, and nothing else; its password is its name.</summary>
    sealed class User(JobsHost host) : IAsyncDisposable
    {
        public string Name { get; } = $"u_{Guid.NewGuid():N}";

        public static async Task<User> CreateAsync(JobsHost host)
        {
            var user = new User(host);
            await host.ExecuteAsync($"create role {user.Name} login password '{user.Name}'");
            return user;
        }

        public async ValueTask DisposeAsync() => await host.ExecuteAsync($"drop owned by {Name} cascade; drop role {Name}");
    }
}
