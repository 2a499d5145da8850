using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging.Abstractions;
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

        var batch = (await batches.GetAsync(id, Ct))!;
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
        await host.Get<FileStore>().BeginAsync(abandoned, "tests", "half.jsonl", TimeSpan.FromDays(30), Ct);
        await host.Get<FileStore>().AddPartAsync(abandoned, 0, new byte[10], Ct);
        await host.ExecuteAsync("update stored_file set created_at = now() - interval '2 days', expires_at = case when is_whole then now() - interval '1 s' else expires_at end");
        var keeper = new FileKeeper(host.Get<FileStore>(), host.Get<BatchStore>(), NullLogger<FileKeeper>.Instance);

        Assert.Equal(2, await keeper.RunAsync(Ct));
        Assert.Equal([1L], await host.QueryAsync("select count(*) from file_part", row => row.GetInt64(0)));
        Assert.Equal([read], await host.QueryAsync("select b.id from batch b join stored_file f on f.id = b.input_file", row => row.GetGuid(0)));

        var taken = (await host.Get<BatchStore>().TakeAsync(Ct))!;
        await host.Get<BatchStore>().AddLinesAsync(taken, [new(1, "a", 0, 2), new(2, "b", 3, 2)], Ct);
        Assert.True(await host.Get<BatchStore>().FailAsync(taken, Json("""{"object":"list","data":[]}"""), Ct));
        await host.ExecuteAsync("update batch set ended_at = now() - interval '31 days'");
        Assert.Equal(4, await keeper.RunAsync(Ct));
        Assert.Equal([0L], await host.QueryAsync(
            "select (select count(*) from batch) + (select count(*) from batch_line) + (select count(*) from stored_file) + (select count(*) from file_part)",
            row => row.GetInt64(0)));
    }

    static async Task<string> ReadAsync(JobsHost host, Guid file)
    {
        using var bytes = new MemoryStream();
        await foreach (var part in host.Get<FileStore>().ReadAsync(file, Ct))
        {
            bytes.Write(part);
        }
        return System.Text.Encoding.UTF8.GetString(bytes.ToArray());
    }

    static async Task<Guid> AddFileAsync(JobsHost host)
    {
        var id = Guid.CreateVersion7();
        await host.Get<FileStore>().BeginAsync(id, "tests", "input.jsonl", TimeSpan.FromDays(30), Ct);
        await host.Get<FileStore>().AddPartAsync(id, 0, "{}\n{}"u8.ToArray(), Ct);
        await host.Get<FileStore>().FinishAsync(id, "batch", 5, TimeSpan.FromDays(30), Ct);
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
        Assert.True(await host.Get<BatchStore>().CreateAsync(batch, TimeSpan.FromHours(24), Ct));
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
