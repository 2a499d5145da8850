using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>An API that is killed while its caller is in the middle of a call, and started again at its address.</summary>
public sealed class CrashTests(Stores stores)
{
    [Fact]
    public async Task A_submission_that_was_stored_and_never_answered_is_one_job()
    {
        var schema = await NewSchemaAsync(stores);
        await using var first = await StartAsync(stores, schema);
        await using var proxy = TcpProxy.Start("127.0.0.1", AddressOf(first).Port);
        using var client = Client(new Uri($"http://127.0.0.1:{proxy.Port}"));

        // Held by a lock, the submission is with Postgres when the network falls silent: it is stored, and nobody is told.
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var holder = await source.OpenConnectionAsync(Ct);
        await using var holding = await holder.BeginTransactionAsync(Ct);
        await using (var hold = new NpgsqlCommand($"lock table {schema}.job_open in exclusive mode", holder, holding))
            await hold.ExecuteNonQueryAsync(Ct);
        var submitting = client.SubmitAsync(Job("once"), Ct);
        await WaitsAsync(schema, "-- Inserts new jobs%");
        proxy.Silence();
        await holding.CommitAsync(Ct);
        await Eventually.That(async () => Assert.Equal(1, await CountAsync(stores, schema)), Ct);
        Assert.False(submitting.IsCompleted);

        await first.KillAsync();
        proxy.Cut();
        await using var second = await StartAsync(stores, schema, AddressOf(first).Port);
        var job = await submitting;
        Assert.Equal(1, await CountAsync(stores, schema));
        Assert.Equal(job.Id, Assert.Single(await client.ListAsync(cancellationToken: Ct).ToListAsync(Ct)).Id);
    }

    [Fact]
    public async Task Submissions_into_an_API_that_is_killed_again_and_again_are_a_job_each()
    {
        const int Rounds = 4;
        const int Callers = 8;
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var chance = new Random(seed);
        var schema = await NewSchemaAsync(stores);
        var api = await StartAsync(stores, schema);
        var port = AddressOf(api).Port;
        using var client = Client(api);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        try
        {
            var submitting = Enumerable.Range(0, Callers).Select(caller => SubmitAsync(client, caller, ended.Token)).ToList();
            for (var round = 1; round <= Rounds; round++)
            {
                // At some moment of the stream of submissions: so many more are stored, and then it ends.
                var stored = await CountAsync(stores, schema) + chance.Next(5, 100);
                await Eventually.That(async () => Assert.True(await CountAsync(stores, schema) >= stored), Ct);
                await api.DisposeAsync();
                api = await StartAsync(stores, schema, port);
            }
            await ended.CancelAsync();
            var submitted = (await Task.WhenAll(submitting)).SelectMany(ids => ids).ToList();
            // Of each caller the last submission may have been stored when the test ended it.
            var kept = await client.ListAsync(cancellationToken: Ct).Select(job => (job.Id, job.OwnerRef)).ToListAsync(Ct);
            Assert.Equal(kept.Count, kept.Select(job => job.OwnerRef).Distinct().Count());
            Assert.Empty(submitted.Except(kept.Select(job => job.Id)));
            Assert.InRange(kept.Count, submitted.Count, submitted.Count + Callers);
        }
        finally
        {
            await api.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_streamed_chat_goes_on_at_the_API_that_comes_back(bool isKilled)
    {
        var schema = await NewSchemaAsync(stores);
        await using var model = await ServiceProcess.StartAsync("ModelSimulator", new Dictionary<string, string?> { ["SIMULATOR_INTER_TOKEN_MS"] = "20" }, Ct, "/health");
        await using var worker = await StartProcessAsync("LlmWorker", stores, schema, ("LLM_BASE_URL", $"{AddressOf(model)}v1"), ("LLM_API_KEY", "none"));
        await using var first = await StartAsync(stores, schema);
        using var client = Client(first);
        var call = new ChatCall { User = "Say hello.", Options = new() { ["min_tokens"] = JsonElement.Parse("300"), ["max_tokens"] = JsonElement.Parse("300") } };
        var text = new StringBuilder();
        ServiceProcess? second = null;
        ChatUpdate? last = null;
        try
        {
            await foreach (var update in client.ChatStreamAsync(call, cancellationToken: Ct))
            {
                Assert.False(update.IsRestart);
                text.Append(update.Text);
                last = update;
                if (second is not null || text.Length < 20)
                    continue;
                if (!isKilled)
                    first.Terminate();
                await (isKilled ? first.KillAsync() : first.Exited);
                second = await StartAsync(stores, schema, AddressOf(first).Port);
            }
        }
        finally
        {
            if (second is not null)
                await second.DisposeAsync();
        }
        Assert.NotNull(second);
        Assert.Equal(last!.Result!.Content, text.ToString());
        Assert.Equal(1, await CountAsync(stores, schema));
    }

    [Fact]
    public async Task A_wait_goes_on_at_the_API_that_comes_back()
    {
        var schema = await NewSchemaAsync(stores);
        await using var first = await StartAsync(stores, schema);
        using var client = Client(first);
        var job = await client.SubmitAsync(Job("awaited"), Ct);
        // Held by a lock, the wait is with Postgres when its API dies.
        await using var source = NpgsqlDataSource.Create(stores.ConnectionString);
        await using var holder = await source.OpenConnectionAsync(Ct);
        await using var holding = await holder.BeginTransactionAsync(Ct);
        await using (var hold = new NpgsqlCommand($"lock table {schema}.job_open in access exclusive mode", holder, holding))
            await hold.ExecuteNonQueryAsync(Ct);
        var waiting = client.WaitAsync(job.Id, TimeSpan.FromMinutes(2), Ct);
        await WaitsAsync(schema, "-- Jobs in full%");
        await first.KillAsync();
        await holding.RollbackAsync(Ct);
        await using var second = await StartAsync(stores, schema, AddressOf(first).Port);
        using var worker = new WorkerClient(Options(AddressOf(second)));
        await worker.CompleteAsync(Assert.Single(await worker.ClaimAsync(Claim("awaited"), Ct)), JsonElement.Parse("1"), Ct);
        Assert.Equal(JobStatus.Completed, (await waiting).Status);
    }

    /// <summary>Until such a statement is held up by the lock of the test.</summary>
    Task WaitsAsync(string schema, string statement) => Eventually.That(
        async () => Assert.NotEqual(0L, await ExecuteAsync(
            stores,
            $"""
            select count(*) from pg_locks join pg_stat_activity using (pid)
            where not granted and relation = '{schema}.job_open'::regclass and query like '{statement}'
            """)),
        Ct);

    /// <summary>A client that waits for as long as a process of a busy machine may take to start.</summary>
    static AiPlatformClient Client(ServiceProcess api) => Client(AddressOf(api));

    static AiPlatformClient Client(Uri address) => new(Options(address, options => options.RetryFor = options.Timeout = TimeSpan.FromMinutes(3)));

    /// <summary>Submits one job after the other until it is ended.</summary>
    static async Task<List<Guid>> SubmitAsync(AiPlatformClient client, int caller, CancellationToken ended)
    {
        List<Guid> ids = [];
        try
        {
            while (true)
                ids.Add((await client.SubmitAsync(Job("kept") with { OwnerRef = $"{caller}/{ids.Count}" }, ended)).Id);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            return ids;
        }
    }
}
