using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class BatchStoreTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_that_was_taken_by_another_cannot_be_changed_any_more()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var batches = host.Get<BatchStore>();
        var id = await CreateAsync(host);
        var stale = await batches.TakeAsync(Ct);
        Assert.NotNull(stale);
        Assert.Null(await batches.TakeAsync(Ct));
        await host.ExecuteAsync("update batch set due_at = now()");
        var taken = (await batches.TakeAsync(Ct))!;

        Assert.False(await batches.AddLinesAsync(stale, [new(1, "a", 0, 2)], Ct));
        Assert.False(await batches.BeginAsync(stale, 1, Ct));
        Assert.True(await batches.AddLinesAsync(taken, [new(1, "a", 0, 2), new(2, "b", 3, 2)], Ct));
        Assert.True(await batches.BeginAsync(taken, 2, Ct));
        var job = await host.SubmitAsync();
        Assert.False(await batches.GiveAsync(stale, [new(1, "a", 0, 2, job)], Ct));
        Assert.True(await batches.GiveAsync(taken, [new(1, "a", 0, 2, job)], Ct));
        Assert.False(await batches.EndAsync(stale, new([1], [], ["stale"u8.ToArray()], [], 1), Ct));
        Assert.True(await batches.EndAsync(taken, new([1], [2], ["one"u8.ToArray()], ["two"u8.ToArray()], 1), Ct));
        Assert.False(await batches.FinalizeAsync(stale, Ct));
        Assert.True(await batches.FinalizeAsync(taken, Ct));
        Assert.True(await batches.CloseAsync(taken, TimeSpan.FromHours(1), Ct));
        Assert.False(await batches.CloseAsync(taken, TimeSpan.FromHours(1), Ct));

        var batch = (await batches.GetAsync(JobScope.All, id, Ct))!;
        Assert.Equal((BatchState.Completed, 2, 1, 1, 2), (batch.State, batch.Total, batch.Completed, batch.Failed, batch.Given));
        Assert.Equal("one", await ReadAsync(host, batch.OutputFile));
        Assert.Equal("two", await ReadAsync(host, batch.ErrorFile));
    }

    [Fact]
    public async Task A_lease_that_ended_lets_another_take_the_batch()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await CreateAsync(host);
        var first = (await host.Get<BatchStore>().TakeAsync(Ct))!;
        Assert.True(await host.Get<BatchStore>().GiveBackAsync(first, TimeSpan.Zero, Ct));
        var second = (await host.Get<BatchStore>().TakeAsync(Ct))!;
        Assert.Equal(first.Id, second.Id);
        Assert.NotEqual(first.Lease, second.Lease);
        Assert.False(await host.Get<BatchStore>().GiveBackAsync(first, TimeSpan.Zero, Ct));
    }

    [Fact]
    public async Task A_day_stays_until_the_results_that_a_batch_needs_are_copied()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.ExecuteAsync("select make_day((now() at time zone 'UTC')::date - 10)");
        var job = (await host.QueryAsync("select first_id_at(now() - interval '10 days')", row => row.GetGuid(0)))[0];
        var ended = new Guid(job.ToByteArray(bigEndian: true)[..15].Append((byte)7).ToArray(), bigEndian: true);
        await host.SubmitAsync(Job() with { Id = ended });
        await host.CompleteAsync(await host.ClaimOneAsync(waitSeconds: 0));
        await host.ExecuteAsync("update job_result set finished_at = now() - interval '9 days'");
        var taken = await InProgressAsync(host, [new(1, "a", 0, 2, ended)]);

        Assert.Equal(0, await host.Get<JobStore>().DropDaysAsync(Ct));
        Assert.Equal([1], (await host.Get<BatchStore>().EndedAsync(taken.Id, 10, Ct)).Select(line => line.Line));
        Assert.True(await host.Get<BatchStore>().EndAsync(taken, new([1], [], ["one"u8.ToArray()], [], 1), Ct));
        Assert.Equal(1, await host.Get<JobStore>().DropDaysAsync(Ct));
    }

    [Fact]
    public async Task A_result_outside_of_the_days_stays_until_it_is_copied_too()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var old = (await host.QueryAsync("select first_id_at(now() - interval '10 days')", row => row.GetGuid(0)))[0];
        await host.SubmitAsync(Job() with { Id = old });
        await host.CompleteAsync(await host.ClaimOneAsync(waitSeconds: 0));
        await host.ExecuteAsync("update job_result set finished_at = now() - interval '9 days'");
        var taken = await InProgressAsync(host, [new(1, "a", 0, 2, old)]);

        Assert.Equal((0L, 0L), await host.Get<JobStore>().DeleteFromRestAsync(10, Ct));
        await host.Get<BatchStore>().EndAsync(taken, new([1], [], [], [], 1), Ct);
        Assert.Equal((1L, 0L), await host.Get<JobStore>().DeleteFromRestAsync(10, Ct));
    }

    [Fact]
    public async Task Files_and_batches_whose_time_is_over_are_removed_but_none_that_is_being_read()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var read = await CreateAsync(host);
        await AddFileAsync(host);
        var abandoned = Guid.CreateVersion7();
        await host.Get<FileStore>().BeginAsync(JobScope.All, abandoned, "tests", "half.jsonl", TimeSpan.FromDays(30), Ct);
        await host.Get<FileStore>().AddPartAsync(abandoned, 0, new byte[10], Ct);
        await host.ExecuteAsync("update stored_file set created_at = now() - interval '2 days', expires_at = now() - interval '1 s'");
        var (files, batches) = Keepers(host);

        Assert.Equal(2, await files.RunAsync(Ct));
        Assert.Equal([1L], await host.QueryAsync("select count(*) from file_part", row => row.GetInt64(0)));
        Assert.Equal([read], await host.QueryAsync("select b.id from batch b join stored_file f on f.id = b.input_file", row => row.GetGuid(0)));

        var taken = (await host.Get<BatchStore>().TakeAsync(Ct))!;
        await host.Get<BatchStore>().AddLinesAsync(taken, [new(1, "a", 0, 2), new(2, "b", 3, 2)], Ct);
        Assert.True(await host.Get<BatchStore>().FailAsync(taken, Json("""{"object":"list","data":[]}"""), Ct));
        await host.ExecuteAsync("update batch set ended_at = now() - interval '31 days'");
        Assert.Equal((1, 3), (await files.RunAsync(Ct), await batches.RunAsync(Ct)));
        Assert.Equal([0L], await host.QueryAsync(
            "select (select count(*) from batch) + (select count(*) from batch_line) + (select count(*) from stored_file) + (select count(*) from file_part)",
            row => row.GetInt64(0)));
    }

    [Fact]
    public async Task A_large_file_is_removed_some_parts_at_a_time()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var file = await AddFileAsync(host);
        await host.ExecuteAsync($"""
            insert into file_part (file_id, place, content) select '{file}', i, '' from generate_series(1, 449) i;
            create table removed (parts bigint);
            create function note_removed() returns trigger language plpgsql as 'begin insert into removed select count(*) from gone; return null; end';
            create trigger note_removed after delete on file_part referencing old table as gone for each statement execute function note_removed();
            """);
        Assert.Equal(FileRemoval.Removed, await host.Get<FileStore>().RemoveAsync(JobScope.All, file, Ct));
        Assert.Equal([200L, 200L, 50L], await host.QueryAsync("select parts from removed where parts > 0", row => row.GetInt64(0)));
        Assert.Equal(FileRemoval.NotFound, await host.Get<FileStore>().RemoveAsync(JobScope.All, file, Ct));
    }

    [Fact]
    public async Task A_file_whose_removal_broke_off_is_not_seen_and_goes_with_the_expired_ones()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var file = await AddFileAsync(host);
        await host.ExecuteAsync("""
            create function refuse() returns trigger language plpgsql as 'begin raise exception ''broken off''; end';
            create trigger refuse before delete on file_part for each statement execute function refuse();
            """);
        await Assert.ThrowsAsync<PostgresException>(() => host.Get<FileStore>().RemoveAsync(JobScope.All, file, Ct));
        Assert.Null(await host.Get<FileStore>().GetAsync(JobScope.All, file, Ct));
        await host.ExecuteAsync("drop trigger refuse on file_part");
        Assert.Equal(1, await Keepers(host).Files.RunAsync(Ct));
        Assert.Equal([0L], await host.QueryAsync("select (select count(*) from stored_file) + (select count(*) from file_part)", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task A_file_is_not_removed_while_a_batch_of_it_is_being_made()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var file = await AddFileAsync(host);
        await using var connection = await host.Get<NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        var text = EmbeddedText.Get("create_batch.sql");
        await using (var create = new NpgsqlCommand(
            $"prepare make {SqlFile.Types(text)} as {text}; execute make (gen_random_uuid(), 'tests', null, '/v1/chat/completions', '24h', '24h', null, null, '{file}', null, gen_random_uuid(), gen_random_uuid(), null, null, null)",
            connection))
        {
            await create.ExecuteNonQueryAsync(Ct);
        }
        var removing = host.Get<FileStore>().RemoveAsync(JobScope.All, file, Ct);
        await host.WaitsForALockAsync("stored_file");
        await transaction.CommitAsync(Ct);
        Assert.Equal(FileRemoval.InUse, await removing);
        Assert.Equal("{}\n{}", await ReadAsync(host, file));
    }

    [Fact]
    public async Task A_file_of_many_small_parts_is_read_whole_and_in_its_middle()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var file = Guid.CreateVersion7();
        await host.ExecuteAsync($"insert into file_part (file_id, place, content) select '{file}', i, convert_to(i || ',', 'UTF8') from generate_series(0, 2499) i");
        Assert.Equal(string.Concat(Enumerable.Range(0, 2_500).Select(i => $"{i},")), await ReadAsync(host, file));

        var large = Guid.CreateVersion7();
        var parts = Enumerable.Range(0, 6).Select(i => Enumerable.Repeat((byte)i, FileStore.PartBytes).ToArray()).ToArray();
        await host.Get<FileStore>().BeginAsync(JobScope.All, large, "tests", "large", TimeSpan.FromDays(1), Ct);
        foreach (var (place, part) in parts.Index())
        {
            await host.Get<FileStore>().AddPartAsync(large, place, part, Ct);
        }
        var middle = await host.Get<FileStore>().ReadAsync(JobScope.All, large, FileStore.PartBytes - 1, (4 * FileStore.PartBytes) + 2, Ct);
        Assert.Equal((byte[])[0, .. parts[1], .. parts[2], .. parts[3], .. parts[4], 5], middle.ToArray());
        Assert.Equal(1, (await host.Get<FileStore>().ReadAsync(JobScope.All, large, (6L * FileStore.PartBytes) - 1, 10, Ct)).Length);
    }

    [Fact]
    public async Task Files_that_cannot_be_removed_do_not_keep_batches_from_it()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await CreateAsync(host);
        await host.ExecuteAsync("""
            update stored_file set expires_at = now() - interval '1 s';
            update batch set state = 4, ended_at = now() - interval '31 days';
            alter table file_part rename to away;
            """);
        using var logs = new LogRecorder();
        await using var keeping = await JobsHost.StartAsync(stores, beside: host, logs: logs);
        await Eventually.That(async () => Assert.Equal([0L], await host.QueryAsync("select count(*) from batch", row => row.GetInt64(0))), Ct);
        await Eventually.That(() => Assert.Contains(logs.Of(2203), line => line.Message.StartsWith("FileKeeper", StringComparison.Ordinal)), Ct);
    }

    [Fact]
    public async Task Batches_that_ended_without_lines_do_not_keep_others_from_losing_theirs()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await CreateAsync(host);
        await host.ExecuteAsync("update batch set state = 4, ended_at = now() - interval '2 days'");
        var taken = await InProgressAsync(host, [new(1, "a", 0, 2, Guid.CreateVersion7())]);
        await host.ExecuteAsync($"update batch set state = 7, ended_at = now() - interval '1 day' where id = '{taken.Id}'");
        Assert.Equal(1, await Keepers(host).Batches.RunAsync(Ct));
        Assert.Equal([0L], await host.QueryAsync("select count(*) from batch_line", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task A_line_that_was_passed_over_is_not_lost()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await CreateAsync(host);
        var batches = host.Get<BatchStore>();
        var taken = (await batches.TakeAsync(Ct))!;
        await batches.AddLinesAsync(taken, [new(1, "a", 0, 2), new(2, "b", 3, 2), new(3, "c", 6, 2), new(4, "d", 9, 2)], Ct);
        await batches.BeginAsync(taken, 4, Ct);
        // Whoever gave them refused the second one, and died before that was recorded.
        Assert.True(await batches.GiveAsync(taken, [new(1, "a", 0, 2, Guid.CreateVersion7()), new(3, "c", 6, 2, Guid.CreateVersion7())], Ct));
        Assert.Equal([2, 4], (await batches.WaitingAsync(taken.Id, 10, Ct)).Select(line => line.Line));
        Assert.True(await batches.EndAsync(taken, new([], [4], [], ["no"u8.ToArray()], 0), Ct));
        Assert.Equal([2], (await batches.WaitingAsync(taken.Id, 10, Ct)).Select(line => line.Line));
    }

    static (FileKeeper Files, BatchKeeper Batches) Keepers(JobsHost host) => (
        new(host.Get<FileStore>(), NullLogger<FileKeeper>.Instance), new(host.Get<BatchStore>(), NullLogger<BatchKeeper>.Instance));

    static async Task<string> ReadAsync(JobsHost host, Guid file)
    {
        using var bytes = new MemoryStream();
        await foreach (var part in host.Get<FileStore>().ReadAsync(JobScope.All, file, Ct))
        {
            bytes.Write(part);
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    static async Task<Guid> AddFileAsync(JobsHost host)
    {
        var id = Guid.CreateVersion7();
        await host.Get<FileStore>().BeginAsync(JobScope.All, id, "tests", "input.jsonl", TimeSpan.FromDays(30), Ct);
        await host.Get<FileStore>().AddPartAsync(id, 0, "{}\n{}"u8.ToArray(), Ct);
        await host.Get<FileStore>().FinishWithinAsync(id, "tests", "batch", 5, TimeSpan.FromDays(30), long.MaxValue, Ct);
        return id;
    }

    static async Task<Guid> CreateAsync(JobsHost host)
    {
        var batch = new StoredBatch
        {
            Id = Guid.CreateVersion7(),
            OwnerService = "tests",
            Endpoint = "/v1/chat/completions",
            CompletionWindow = "24h",
            InputFile = await AddFileAsync(host),
            OutputFile = Guid.CreateVersion7(),
            ErrorFile = Guid.CreateVersion7(),
        };
        Assert.True(await host.Get<BatchStore>().CreateAsync(JobScope.All, batch, TimeSpan.FromHours(24), Ct));
        return batch.Id;
    }

    /// <summary>A batch of lines that are jobs.</summary>
    static async Task<TakenBatch> InProgressAsync(JobsHost host, BatchLine[] lines)
    {
        await CreateAsync(host);
        var taken = (await host.Get<BatchStore>().TakeAsync(Ct))!;
        await host.Get<BatchStore>().AddLinesAsync(taken, lines, Ct);
        await host.Get<BatchStore>().BeginAsync(taken, lines.Length, Ct);
        Assert.True(await host.Get<BatchStore>().GiveAsync(taken, lines, Ct));
        return taken;
    }
}
