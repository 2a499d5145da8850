using AiPlatform.Contracts;
using AiPlatform.Jobs.Maintenance;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary><c>deploy/postgres/roles.sql</c>: the product runs as a user that can do nothing else, and dashboards read what says nothing.</summary>
public sealed class PostgresRolesTests(RoledDatabase database) : IClassFixture<RoledDatabase>
{
    /// <summary>What only a migration runs.</summary>
    static readonly string[] OfMigrations = ["list_migrations", "migration_table", "record_migration"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string> Statements => [.. SqlFile.Names("Sql", "*.sql").Except(OfMigrations)];

    [Theory]
    [MemberData(nameof(Statements))]
    public async Task Every_statement_may_be_run_by_the_hot_user(string name)
    {
        var text = EmbeddedText.Get(name + ".sql");
        var inputs = SqlFile.Parameters(text).Count;
        var execute = inputs == 0 ? name : $"{name} ({string.Join(", ", Enumerable.Repeat("null", inputs))})";
        await using var connection = await database.Hot.OpenConnectionAsync(Ct);
        await using var prepare = new NpgsqlCommand($"prepare {name} {SqlFile.Types(text)} as {text}", connection);
        await prepare.ExecuteNonQueryAsync(Ct);
        // Asks for the rights as a run does, and changes nothing.
        await using var explain = new NpgsqlCommand($"explain execute {execute}", connection);
        await explain.ExecuteNonQueryAsync(Ct);
        await using var forget = new NpgsqlCommand($"deallocate {name}", connection);
        await forget.ExecuteNonQueryAsync(Ct);
    }

    [Fact]
    public async Task The_product_runs_with_the_rights_of_the_hot_user()
    {
        await using var host = await database.StartAsync();
        await host.BuiltAsync();
        var task = NewTask();
        await host.SubmitAsync(Job(task: task) with { IdempotencyKey = task, CallbackUrl = new Uri("https://receiver.example/done"), ResultTtl = TimeSpan.FromHours(1) });
        await host.CompleteAsync(await host.ClaimOneAsync(task));
        await host.SubmitAsync(Job(task: task));
        var failed = await host.ClaimOneAsync(task);
        await host.Queue.FailAsync(JobFence.Of(failed), new JobError("worker_error", "broke"), new FailOptions(Retry: false), Ct);
        await host.Queue.PauseAsync(new QueueScope { TaskType = task }, Ct);
        await host.Queue.ResumeAsync(Ct);

        foreach (var loop in host.Get<IEnumerable<IMaintenanceLoop>>())
        {
            await loop.RunAsync(Ct);
        }
        Assert.Equal(["completed", "failed"], (await host.Queue.ListAsync(JobScope.All, new JobFilter { TaskType = task }, null, 10, Ct)).Jobs.Select(job => $"{job.Status}".ToLowerInvariant()).Order());
    }

    [Fact]
    public async Task The_hot_user_makes_and_drops_days_by_their_functions_alone()
    {
        await database.Hot.CreateCommand("select make_day('2020-02-01')").ExecuteNonQueryAsync(Ct);
        Assert.Equal(database.OwnerName, await ScalarAsync(database.Admin, "select tableowner from pg_tables where tablename = 'job_20200201'"));
        await RefusedAsync(database.Hot, "drop table job_20200201");
        await RefusedAsync(database.Hot, "select * from job_20200201");
        Assert.Equal(true, await ScalarAsync(database.Hot, "select drop_day('2020-02-01', '1 day')"));
        Assert.Equal("42883", await StateAsync(database.Hot, "select make_day('job; drop table job'::text)"));
        // Of two tables of one name the function must not take that of its caller.
        await RefusedAsync(database.Hot, "create temporary table job_rest (id uuid)");
    }

    [Theory]
    [InlineData("drop table job_result")]
    [InlineData("truncate job_open")]
    [InlineData("alter table job add column more text")]
    [InlineData("create table more (id int)")]
    [InlineData("create index on job_open (state)")]
    [InlineData("create function more() returns int language sql as 'select 1'")]
    [InlineData("alter function make_day(date) security invoker")]
    [InlineData("update job set input = '{}'")]
    [InlineData("update job_result set result = '{}'")]
    [InlineData("delete from lane")]
    [InlineData("delete from owner")]
    [InlineData("delete from schema_migration")]
    [InlineData("select * from pg_authid")]
    [InlineData("select * from pg_shadow")]
    [InlineData("select pg_read_file('/etc/passwd')")]
    [InlineData("copy lane to program 'true'")]
    [InlineData("create role another")]
    [InlineData("create schema another")]
    [InlineData("select * from elsewhere.secrets")]
    [InlineData("set role postgres")]
    [InlineData("alter system set work_mem = '1GB'")]
    public Task The_hot_user_is_refused_all_else(string sql) => RefusedAsync(database.Hot, sql);

    [Theory]
    [InlineData("select input from job")]
    [InlineData("select result from job_result")]
    [InlineData("select error_message from job_result")]
    [InlineData("select lease_token from job_open")]
    [InlineData("select * from job")]
    [InlineData("select * from idempotency")]
    [InlineData("select * from file_part")]
    [InlineData("insert into lane (task_type, model_profile) values ('a', 'b')")]
    [InlineData("select make_day('2020-02-02')")]
    [InlineData("select * from elsewhere.secrets")]
    public async Task The_reader_sees_no_inputs_and_no_results_and_writes_nothing(string sql) =>
        Assert.Matches($"{PostgresErrorCodes.InsufficientPrivilege}|{PostgresErrorCodes.ReadOnlySqlTransaction}", await StateAsync(database.Reader, sql));

    [Theory]
    [InlineData("select owner_service, count(*) from job group by 1")]
    [InlineData("select state, error_category, avg(finished_at - started_at) from job_result group by 1, 2")]
    [InlineData("select lane, state, count(*) from job_open group by 1, 2")]
    [InlineData("select * from job_tally, lane")]
    public async Task The_reader_counts_jobs(string sql) => await database.Reader.CreateCommand(sql).ExecuteNonQueryAsync(Ct);

    /// <summary>A new table is refused to everybody until the script says who may do what.</summary>
    [Fact]
    public async Task Every_table_has_a_line_in_the_script()
    {
        var script = await File.ReadAllTextAsync(RoledDatabase.Script, Ct);
        await using var reader = await database.Admin.CreateCommand(
            $"select tablename from pg_tables where schemaname = '{database.Schema}' and tablename !~ '_[0-9]{{8}}$'").ExecuteReaderAsync(Ct);
        while (await reader.ReadAsync(Ct))
        {
            Assert.Contains($"('{reader.GetString(0)}',", script, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_script_may_be_run_again() => await database.RunScriptAsync();

    [Fact]
    public async Task What_belongs_to_an_extension_or_is_no_function_is_left_alone()
    {
        await ExecuteAsync($"create aggregate {database.Schema}.of_others(int) (sfunc = int4pl, stype = int)");
        var hasExtension = (bool)(await ScalarAsync(database.Admin, "select exists (select from pg_available_extensions where name = 'citext')"))!;
        if (hasExtension)
            await ExecuteAsync($"create extension if not exists citext schema {database.Schema}");
        await database.RunScriptAsync();
        if (hasExtension)
            Assert.NotEqual(database.OwnerName, await ScalarAsync(database.Admin, "select proowner::regrole::text from pg_proc where proname = 'citext_eq'"));
        Assert.NotEqual(database.OwnerName, await ScalarAsync(database.Admin, "select proowner::regrole::text from pg_proc where proname = 'of_others'"));

        async Task ExecuteAsync(string sql) => await database.Admin.CreateCommand(sql).ExecuteNonQueryAsync(Ct);
    }

    static async Task RefusedAsync(NpgsqlDataSource user, string sql) => Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateAsync(user, sql));

    static async Task<string> StateAsync(NpgsqlDataSource user, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => user.CreateCommand(sql).ExecuteNonQueryAsync(Ct))).SqlState;

    static Task<object?> ScalarAsync(NpgsqlDataSource user, string sql) => user.CreateCommand(sql).ExecuteScalarAsync(Ct);
}
