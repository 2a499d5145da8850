using System.Text;
using System.Text.Json;
using AiPlatform.Api.OpenAi.Batches;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.Api.Tests.OpenAi;

/// <summary>The steps of a batch, one by one: the API whose parts they are has stopped, and drives none itself.</summary>
public sealed class BatchStepTests(Stores stores) : IAsyncLifetime
{
    RunningApi? _running;

    RunningApi Api => _running!;

    BatchStore Batches => Api.Get<BatchStore>();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _running = await RunningApi.StartAsync(stores);
        await Api.StopAsync();
    }

    public ValueTask DisposeAsync() => Api.DisposeAsync();

    [Fact]
    public async Task Large_results_are_copied_a_few_in_a_step()
    {
        var taken = await GivenAsync(5);
        await AnswerAsync(5, new string('x', 5_000_000));
        List<int> copied = [];
        for (var before = 0; before < 5;)
        {
            var isMore = await MoveAsync(taken);
            var batch = (await Batches.GetAsync(JobScope.All, taken.Id, Ct))!;
            copied.Add(batch.Completed - before);
            before = batch.Completed;
            Assert.Equal(isMore, before < 5 || batch.State == BatchState.Finalizing);
        }
        Assert.Equal([2, 2, 1], copied);
    }

    [Fact]
    public async Task A_step_that_has_copied_all_there_was_is_not_repeated_at_once()
    {
        var taken = await GivenAsync(3);
        await AnswerAsync(1, "Hi");
        Assert.False(await MoveAsync(taken));
        Assert.Equal(1, (await Batches.GetAsync(JobScope.All, taken.Id, Ct))!.Completed);
        await AnswerAsync(2, "Hi");
        Assert.True(await MoveAsync(taken));
        Assert.Equal(BatchState.Finalizing, (await Batches.GetAsync(JobScope.All, taken.Id, Ct))!.State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_line_that_was_noted_only_is_not_started_once_its_batch_is_called_off(bool isCancelled)
    {
        var (taken, lines) = await CreateAsync(2);
        Assert.True(await Batches.GiveAsync(taken, [lines[0] with { JobId = Guid.CreateVersion7() }], Ct));
        if (isCancelled)
            Assert.True(await Batches.CancelAsync(JobScope.All, taken.Id, Ct));
        else
            Assert.True(await Batches.ExpireAsync(taken, Ct));
        while (await MoveAsync(taken))
        {
        }
        var batch = (await Batches.GetAsync(JobScope.All, taken.Id, Ct))!;
        Assert.Equal((isCancelled ? BatchState.Cancelled : BatchState.Expired, 2, 2, 0), (batch.State, batch.Failed, batch.Given, batch.Completed));
        Assert.Equal(0L, await ScalarAsync<long>("select count(*) from job"));
    }

    [Fact]
    public async Task A_result_that_cannot_be_copied_does_not_keep_its_batch_open_beyond_its_time()
    {
        var taken = await GivenAsync(2);
        await AnswerAsync(1, "Hi");
        var job = await ModelWorker.TakeAsync(Api, "m");
        await Api.Queue.CompleteAsync(JobFence.Of(job), JsonElement.Parse("""{"content":"\ud800"}"""), Ct);
        await Assert.ThrowsAnyAsync<Exception>(() => MoveAsync(taken));
        await ScalarAsync<Guid>("update batch set expires_at = now() returning id");
        Assert.True(await MoveAsync(taken));
        var batch = (await Batches.GetAsync(JobScope.All, taken.Id, Ct))!;
        Assert.Equal((BatchState.Finalizing, 1, 1), (batch.State, batch.Completed, batch.Failed));
        await MoveAsync(taken);
        Assert.Contains($"The result of this request's job, {job.Id}, is not one of a call of /v1/chat/completions.", await TextAsync(batch.ErrorFile), StringComparison.Ordinal);
    }

    Task<bool> MoveAsync(TakenBatch taken) => Api.Get<BatchSteps>().MoveAsync(taken, Ct);

    /// <summary>A batch whose lines have been read.</summary>
    async Task<(TakenBatch Taken, List<BatchLine> Lines)> CreateAsync(int lines)
    {
        var input = Guid.CreateVersion7();
        var content = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, lines).Select(line => BatchCalls.Line($"{line}", "m"))));
        await Api.Get<FileStore>().BeginAsync(JobScope.All, input, "tests", "input.jsonl", TimeSpan.FromDays(1), Ct);
        await Api.Get<FileStore>().AddPartAsync(input, 0, content, Ct);
        await Api.Get<FileStore>().FinishWithinAsync(input, "tests", "batch", content.Length, TimeSpan.FromDays(1), long.MaxValue, Ct);
        var batch = new StoredBatch
        {
            Id = Guid.CreateVersion7(),
            OwnerService = "tests",
            Endpoint = "/v1/chat/completions",
            CompletionWindow = "24h",
            InputFile = input,
            OutputFile = Guid.CreateVersion7(),
            ErrorFile = Guid.CreateVersion7(),
        };
        Assert.True(await Batches.CreateAsync(JobScope.All, batch, TimeSpan.FromHours(24), Ct));
        var taken = (await Batches.TakeAsync(Ct))!;
        Assert.True(await MoveAsync(taken));
        return (taken, await Batches.WaitingAsync(batch.Id, lines, Ct));
    }

    /// <summary>A batch all of whose lines are jobs.</summary>
    async Task<TakenBatch> GivenAsync(int lines)
    {
        var (taken, _) = await CreateAsync(lines);
        Assert.False(await MoveAsync(taken));
        Assert.Equal(lines, (await Batches.GetAsync(JobScope.All, taken.Id, Ct))!.Given);
        return taken;
    }

    async Task AnswerAsync(int jobs, string content)
    {
        for (var answered = 0; answered < jobs; answered++)
            await ModelWorker.FinishAsync(Api, await ModelWorker.TakeAsync(Api, "m"), content);
    }

    async Task<string> TextAsync(Guid file)
    {
        using var bytes = new MemoryStream();
        await foreach (var part in Api.Get<FileStore>().ReadAsync(JobScope.All, file, Ct))
            bytes.Write(part);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Api.Get<NpgsqlDataSource>().CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Ct))!;
    }
}
