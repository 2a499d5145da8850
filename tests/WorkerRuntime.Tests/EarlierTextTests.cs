using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using AiPlatform.Testing;
using StackExchange.Redis;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>What a run learns of the text of the runs before it, and tells of its own.</summary>
public sealed class EarlierTextTests(Stores stores)
{
    const string Said = "Hello wor";

    static readonly TextSource Source = new() { ModelGroup = "fast", PromptTokens = 5 };

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_goes_on_with_the_text_of_the_one_before()
    {
        EarlierText? earlier = null;
        await using var worker = await RunAsync(async attempt =>
        {
            earlier = await attempt.TakeEarlierTextAsync(Ct);
            Assert.True(await attempt.ContinueTextAsync(earlier!, Ct));
            attempt.AppendText(new TextPiece("ld", 3));
        });
        var id = await worker.SubmitAsync();
        var job = await worker.FinalAsync(id);

        Assert.Equal((Said, 2, 5, 0, true), (earlier!.Text, earlier.Tokens, earlier.PromptTokens, earlier.Continued, earlier.IsContinuable));
        var (tokens, others) = await EventsAsync(worker, id);
        Assert.Equal([Source, null, null], tokens.Select(token => token.From));
        Assert.Equal(("ld", 9, 3, null), (tokens[^1].Text, tokens[^1].At, tokens[^1].Tokens, tokens[^1].Continuable));
        Assert.Equal(JobEventTypes.Continued, Assert.Single(others).Type);
        Assert.Equal(
            new ContinuedEvent(job.StartedAt!.Value, earlier.StartedAt, 9), others[0].Data.Deserialize(ContractsJson.Default.ContinuedEvent));
    }

    [Fact]
    public async Task A_text_that_begins_anew_says_so()
    {
        await using var worker = await RunAsync(async attempt =>
        {
            Assert.NotNull(await attempt.TakeEarlierTextAsync(Ct));
            attempt.AppendToken("never mind");
            attempt.RestartText();
            attempt.AppendToken("Anew");
        });
        var id = await worker.SubmitAsync();
        var job = await worker.FinalAsync(id);

        var (tokens, others) = await EventsAsync(worker, id);
        Assert.Equal(("Anew", 0), (tokens[^1].Text, tokens[^1].At));
        Assert.Equal((JobEventTypes.Restart, new RestartEvent(job.StartedAt!.Value)), (others[^1].Type, others[^1].Data.Deserialize(ContractsJson.Default.RestartEvent)));
    }

    [Theory]
    [InlineData("nothing", true)]
    [InlineData("first", false)]
    [InlineData("all", null)]
    public async Task Text_of_which_something_was_lost_is_not_gone_on_with(string lost, bool? isContinuable)
    {
        var seen = new TaskCompletionSource<EarlierText?>();
        await using var worker = await RunAsync(
            async attempt => seen.SetResult(await attempt.TakeEarlierTextAsync(Ct)),
            async (host, attempt) =>
            {
                var redis = host.Get<IConnectionMultiplexer>().GetDatabase();
                var key = $"{{{host.Schema}}}:events:{attempt.Job.Id}";
                if (lost == "first")
                    Assert.Equal(1, (long)await redis.ExecuteAsync("XTRIM", key, "MAXLEN", "1"));
                else if (lost == "all")
                    Assert.Equal(1, (long)await redis.ExecuteAsync("DEL", key));
            });
        await worker.FinalAsync(await worker.SubmitAsync());

        Assert.Equal(isContinuable, (await seen.Task)?.IsContinuable);
    }

    [Fact]
    public async Task A_first_run_has_nothing_to_go_on_with_and_asks_nobody()
    {
        var handler = new ScriptedHandler(async (attempt, ct) =>
        {
            Assert.False(attempt.Job.HasRunBefore);
            Assert.Null(await attempt.TakeEarlierTextAsync(ct));
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        Assert.Equal(JobStatus.Completed, (await worker.FinalAsync(await worker.SubmitAsync(attempts: 1))).Status);
    }

    [Fact]
    public async Task A_run_whose_text_was_taken_over_adds_nothing_more()
    {
        Attempt? first = null;
        await using var worker = await RunAsync(
            async attempt =>
            {
                await attempt.TakeEarlierTextAsync(Ct);
                first!.AppendToken("late");
            },
            (_, attempt) =>
            {
                first = attempt;
                return Task.CompletedTask;
            });
        var id = await worker.SubmitAsync();
        await worker.FinalAsync(id);

        Assert.False(await worker.Get<JobEvents>().AppendAsync(first!.Job, JobEventTypes.Token, JsonElement.Parse("{}"), Ct));
        Assert.Equal(Said, string.Concat((await EventsAsync(worker, id)).Tokens.Select(token => token.Text)));
    }

    /// <summary>A worker whose first run of a job says <see cref="Said"/> in two pieces and fails, and whose second one does what the test says.</summary>
    async Task<WorkerHost> RunAsync(Func<Attempt, Task> second, Func<WorkerHost, Attempt, Task>? atTheEnd = null)
    {
        var started = new TaskCompletionSource<WorkerHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new ScriptedHandler(async (attempt, _) =>
        {
            var host = await started.Task;
            if (attempt.Job.HasRunBefore)
            {
                await second(attempt);
                return ScriptedHandler.Done;
            }
            attempt.AppendText(new TextPiece("Hello", 1, From: Source));
            await IsSaidAsync(host, attempt, "Hello");
            attempt.AppendText(new TextPiece(" wor", 2, From: Source));
            await IsSaidAsync(host, attempt, Said);
            await (atTheEnd?.Invoke(host, attempt) ?? Task.CompletedTask);
            return new AttemptOutcome.Failed(new JobError(ErrorCategories.ProviderError, "It broke off."));
        });
        var worker = await WorkerHost.StartAsync(stores, handler);
        started.SetResult(worker);
        return worker;
    }

    static async Task IsSaidAsync(WorkerHost host, Attempt attempt, string text)
    {
        var said = "";
        await foreach (var entry in host.Queue.EventsAsync(JobScope.All, attempt.Job.Id, null, Ct))
        {
            said += entry.Type == JobEventTypes.Token ? entry.Data.GetProperty("text").GetString() : "";
            if (said == text)
                return;
        }
    }

    static async Task<(List<TokenEvent> Tokens, List<JobEvent> Others)> EventsAsync(WorkerHost worker, Guid id)
    {
        var events = await worker.Queue.EventsAsync(JobScope.All, id, null, Ct).ToListAsync(Ct);
        return (
            [.. events.Where(entry => entry.Type == JobEventTypes.Token).Select(entry => entry.Data.Deserialize(ContractsJson.Default.TokenEvent)!)],
            [.. events.Where(entry => entry.Type is not (JobEventTypes.Token or JobEventTypes.State))]);
    }
}
