using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What the database shows in the role of a tenant, whatever is asked for.</summary>
public sealed class TenantTests(TenantTests.TwoTenants tenants) : IClassFixture<TenantTests.TwoTenants>
{
    const string Acme = "acme";
    const string Globex = "globex";

    /// <summary>What of the platform's own a tenant's statements read: names of lanes.</summary>
    static readonly string[] OfThePlatform = ["lane"];

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    JobsHost Host => tenants.Host;

    [Fact]
    public async Task Of_every_table_a_tenant_is_shown_its_own_rows_or_nothing_at_all()
    {
        var tables = await Host.QueryAsync(
            "select relname, has_table_privilege('aiplatform_tenant', oid, 'select') from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p') order by 1",
            row => (Name: row.GetString(0), IsShown: row.GetBoolean(1)));
        Assert.Equal(
            ["batch", "file_part", "idempotency", "job", "job_audio", "job_change", "job_checkpoint", "job_open", "job_result", "job_tally", "lane", "owner", "stored_file"],
            tables.Where(table => table.IsShown).Select(table => table.Name));
        foreach (var (table, isShown) in tables)
        {
            if (!isShown)
            {
                var refused = await Assert.ThrowsAsync<PostgresException>(() => RowsAsync(table, Acme));
                Assert.Equal((table, PostgresErrorCodes.InsufficientPrivilege), (table, refused.SqlState));
                continue;
            }
            var (all, acme, globex, nobody) = (await RowsAsync(table, null), await RowsAsync(table, Acme), await RowsAsync(table, Globex), await RowsAsync(table, "nobody"));
            if (OfThePlatform.Contains(table))
            {
                Assert.Equal((table, all.Count, all.Count), (table, acme.Count, nobody.Count));
                continue;
            }
            Assert.True(acme.Count > 0 && globex.Count > 0, $"{table} has no row of one of the tenants: let the fixture make some.");
            Assert.Equal((table, 0), (table, nobody.Count));
            Assert.Empty(acme.Intersect(globex));
            Assert.True(acme.Count + globex.Count < all.Count, $"{table} has no row of an owner without a tenant.");
            Assert.True(acme.IsSubsetOf(all) && globex.IsSubsetOf(all), table);
        }
    }

    [Fact]
    public async Task The_role_of_tenants_may_write_nowhere_and_is_nobody()
    {
        Assert.Empty(await Host.QueryAsync(
            """
            select c.relname || ': ' || p.privilege from pg_class c cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p (privilege)
            where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('aiplatform_tenant', c.oid, p.privilege)
            """,
            row => row.GetString(0)));
        Assert.Empty(await Host.QueryAsync(
            "select relname from pg_class where relnamespace = current_schema()::regnamespace and case when relkind = 'S' then has_sequence_privilege('aiplatform_tenant', oid, 'usage, update') end",
            row => row.GetString(0)));
        Assert.Equal(
            ["False False False False False"],
            await Host.QueryAsync(
                "select rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb from pg_roles where rolname = 'aiplatform_tenant'",
                row => string.Join(' ', Enumerable.Range(0, 5).Select(row.GetBoolean))));
    }

    [Fact]
    public async Task A_statement_that_forgets_its_condition_shows_nothing_of_other_tenants()
    {
        // No owners are all owners: what a caller's scope would be if a caller were read wrongly, or a statement lost its condition.
        var forgetful = new JobScope(Acme, null);
        Guid[] all = [tenants.JobOf[Acme], tenants.JobOf[Globex], tenants.JobOf[""]];
        var found = await Host.Get<Database>().QueryAsync(new Statement("find_jobs").Pinned().With(all).Of(forgetful), row => row.GetGuid(0), Ct);
        Assert.Equal([tenants.JobOf[Acme]], found);
        Assert.Null(await Host.Queue.GetAsync(forgetful, tenants.JobOf[Globex], Ct));
        Assert.All((await Host.Queue.ListAsync(forgetful, new JobFilter(), null, 100, Ct)).Jobs, job => Assert.Equal(Acme, job.OwnerService));
        Assert.Equal([Acme], (await Host.Queue.StatsAsync(forgetful, Ct)).ByOwnerService.Select(row => row.Name));
        Assert.Null(await Host.Get<FileStore>().GetAsync(forgetful, tenants.FileOf[Globex], Ct));
        Assert.Empty(await Host.Get<FileStore>().ReadAsync(forgetful, tenants.FileOf[Globex], Ct).ToListAsync(Ct));
        Assert.Equal(FileRemoval.NotFound, await Host.Get<FileStore>().RemoveAsync(forgetful, tenants.FileOf[Globex], Ct));
        Assert.Empty(await Host.Get<JobCheckpoints>().ReadAsync(forgetful, tenants.JobOf[Globex], Ct));
        Assert.Single(await Host.Get<BatchStore>().ListAsync(forgetful, null, 100, null, Ct));
    }

    [Fact]
    public async Task No_connection_keeps_the_role_of_a_tenant()
    {
        var acme = new JobScope(Acme, [Acme]);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Host.Queue.GetAsync(acme, tenants.JobOf[Acme], Ct)));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Host.Queue.ListAsync(acme, new JobFilter(), null, 1, Ct)));
        // The statement fails after the role was taken: it may not read halts, and has no parameter.
        await Assert.ThrowsAsync<PostgresException>(
            () => Host.Get<Database>().QueryAsync(new Statement("list_halts").Of(acme), row => row.GetInt16(0), Ct));
        foreach (var source in (NpgsqlDataSource[])[Host.Get<NpgsqlDataSource>(), Host.Get<PinnedPlans>().Source])
        {
            List<NpgsqlConnection> connections = [];
            try
            {
                for (var i = 0; i < 10; i++)
                {
                    connections.Add(await source.OpenConnectionAsync(Ct));
                    await using var ask = new NpgsqlCommand("select current_user = session_user and coalesce(current_setting('aiplatform.tenant', true), '') = ''", connections[^1]);
                    Assert.Equal(true, await ask.ExecuteScalarAsync(Ct));
                }
            }
            finally
            {
                foreach (var connection in connections)
                {
                    await connection.DisposeAsync();
                }
            }
        }
    }

    [Fact]
    public async Task An_owner_is_the_tenants_that_first_speaks_for_it()
    {
        var wrong = new JobScope(Globex, [Acme, Globex]);
        var taken = await Assert.ThrowsAsync<OwnerNotAllowedException>(() => Host.Queue.SubmitAsync(wrong, [Job(owner: Acme)], Ct));
        Assert.Equal((Acme, null), (taken.OwnerService, taken.Allowed));
        Assert.Equal("The owner service 'acme' does not belong to the tenant 'globex'.", taken.Message);
        var foreign = await Assert.ThrowsAsync<OwnerNotAllowedException>(() => Host.Queue.SubmitAsync(new JobScope(null, [Acme]), [Job(owner: Globex)], Ct));
        Assert.Equal(Globex, foreign.OwnerService);
        Assert.Equal([Acme], foreign.Allowed);
        await Assert.ThrowsAsync<OwnerNotAllowedException>(() => Host.Get<FileStore>().BeginAsync(wrong, Guid.CreateVersion7(), Acme, "x", TimeSpan.FromDays(1), Ct));
        Assert.Equal([Acme], await Host.QueryAsync("select tenant_id from owner where name = 'acme'", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_tenant_reads_its_jobs_by_their_primary_key()
    {
        var text = EmbeddedText.Get("get_jobs.sql");
        await using var connection = await Host.Get<PinnedPlans>().Source.OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await using var command = new NpgsqlCommand(
            $"select set_config('role', 'aiplatform_tenant', true); prepare t {SqlFile.Types(text)} as {text}; explain execute t (null, null)", connection);
        List<string> plan = [];
        await using (var reader = await command.ExecuteReaderAsync(Ct))
        {
            await reader.NextResultAsync(Ct);
            while (await reader.ReadAsync(Ct))
            {
                plan.Add(reader.GetString(0));
            }
        }
        await transaction.RollbackAsync(Ct);
        var reads = plan.Where(line => line.Contains(" on job", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(reads);
        Assert.All(reads, read => Assert.Matches(@"Index Scan using \w+_pkey on job", read));
    }

    /// <summary>Where in its table each row is that a tenant is shown; null for all rights.</summary>
    async Task<HashSet<string>> RowsAsync(string table, string? tenant)
    {
        await using var connection = await Host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        if (tenant is not null)
        {
            await using var become = new NpgsqlCommand(EmbeddedText.Get("become_tenant.sql"), connection) { Parameters = { new() { Value = tenant } } };
            await become.ExecuteNonQueryAsync(Ct);
        }
        await using var read = new NpgsqlCommand($"select tableoid || ' ' || ctid from {table}", connection);
        await using var reader = await read.ExecuteReaderAsync(Ct);
        HashSet<string> rows = [];
        while (await reader.ReadAsync(Ct))
        {
            rows.Add(reader.GetString(0));
        }
        return rows;
    }

    /// <summary>Rows of two tenants, and of an owner of none, in every table that a tenant may read.</summary>
    public sealed class TwoTenants(Stores stores) : IAsyncLifetime
    {
        JobsHost? _host;

        internal JobsHost Host => _host ?? throw new InvalidOperationException("The fixture was not initialized.");

        internal Dictionary<string, Guid> JobOf { get; } = [];

        internal Dictionary<string, Guid> FileOf { get; } = [];

        public async ValueTask InitializeAsync()
        {
            _host = await JobsHost.StartAsync(stores, maintenance: false);
            await Host.BuildEmptyAsync();
            JobScope[] scopes = [new(Acme, [Acme]), new(Globex, [Globex]), new(null, ["nobodys"])];
            foreach (var scope in scopes)
            {
                await FillAsync(scope);
            }
            await Host.Get<JobStore>().FoldTalliesAsync(10_000, Ct);
            foreach (var scope in scopes)
            {
                await Host.Queue.SubmitAsync(scope, [Job(owner: scope.Owners![0])], Ct);
            }
        }

        public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;

        async Task FillAsync(JobScope scope)
        {
            var (owner, task, files) = (scope.Owners![0], NewTask(), Host.Get<FileStore>());
            var file = FileOf[scope.Tenant ?? ""] = Guid.CreateVersion7();
            await files.BeginAsync(scope, file, owner, "a", TimeSpan.FromDays(1), Ct);
            await files.AddPartAsync(file, 0, new byte[] { 1 }, Ct);
            await files.FinishWithinAsync(file, owner, StoredFile.Audio, 1, TimeSpan.FromDays(1), long.MaxValue, Ct);
            Assert.Equal(SubmitResult.Created, (await Host.Queue.SubmitAsync(scope, [Job(owner: owner, task: task)], Ct))[0].Result);
            await Host.CompleteAsync(await Host.ClaimOneAsync(task));
            var open = Job(owner: owner, task: task) with { IdempotencyKey = "the same everywhere" };
            JobOf[scope.Tenant ?? ""] = open.Id;
            Assert.Equal([file], await files.KeepAsync(scope, [(file, open.Id)], StoredFile.Audio, TimeSpan.FromDays(1), TimeSpan.FromDays(1), Ct));
            Assert.Equal(SubmitResult.Created, (await Host.Queue.SubmitAsync(scope, [open], Ct))[0].Result);
            var claim = await Host.ClaimOneAsync(task);
            Assert.True(await Host.Get<JobCheckpoints>().SaveAsync(JobFence.Of(claim), new Checkpoint("half", Json("{}")), Ct));
            var batch = new StoredBatch
            {
                Id = Guid.CreateVersion7(),
                OwnerService = owner,
                Endpoint = "/v1/embeddings",
                CompletionWindow = "24h",
                InputFile = file,
                OutputFile = Guid.CreateVersion7(),
                ErrorFile = Guid.CreateVersion7(),
            };
            Assert.True(await Host.Get<BatchStore>().CreateAsync(scope, batch, TimeSpan.FromDays(1), Ct));
        }
    }
}
