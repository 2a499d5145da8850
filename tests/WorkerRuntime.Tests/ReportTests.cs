using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>What an attempt says while it runs.</summary>
public sealed class ReportTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_reach_the_event_stream_in_order_and_whole()
    {
        var pieces = Enumerable.Range(0, 500).Select(i => $"{i} ").ToArray();
        var handler = new ScriptedHandler(async (attempt, _) =>
        {
            foreach (var piece in pieces)
            {
                attempt.AppendToken(piece);
                await Task.Yield();
            }
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var id = await worker.SubmitAsync();

        var job = await worker.FinalAsync(id);
        var events = await worker.Queue.EventsAsync(id, null, Ct).ToListAsync(Ct);

        var tokens = events.Where(entry => entry.Type == JobEventTypes.Token)
            .Select(entry => entry.Data.Deserialize(ContractsJson.Default.TokenEvent)!).ToArray();
        Assert.Equal(string.Concat(pieces), string.Concat(tokens.Select(token => token.Text)));
        Assert.All(tokens, token => Assert.Equal(job.StartedAt, token.StartedAt));
        // Collected while a write is under way.
        Assert.InRange(tokens.Length, 1, 499);
    }

    [Fact]
    public async Task The_latest_progress_is_shown_at_most_once_a_second()
    {
        var handler = new ScriptedHandler(async (attempt, ct) =>
        {
            for (var i = 1; i <= 100; i++)
            {
                attempt.ReportProgress(JsonElement.Parse($$"""{"percent":{{i}}}"""));
            }
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var id = await worker.SubmitAsync();

        await Eventually.That(async () => Assert.Equal("""{"percent":100}""", (await worker.ReadAsync(id)).Progress?.GetRawText()), Ct);
        // The event is written after the job.
        await foreach (var entry in worker.Queue.EventsAsync(id, null, Ct))
        {
            if (entry.Type == JobEventTypes.Progress && entry.Data.GetProperty("percent").GetInt32() == 100)
            {
                break;
            }
        }
        await worker.Queue.CancelAsync(id, Ct);
        var events = await worker.Queue.EventsAsync(id, null, Ct).ToListAsync(Ct);

        var reports = events.Where(entry => entry.Type == JobEventTypes.Progress).Select(entry => entry.Data.GetRawText()).ToArray();
        Assert.InRange(reports.Length, 1, 3);
        Assert.Equal("""{"percent":100}""", reports[^1]);
    }

    [Fact]
    public async Task Tokens_are_lost_and_the_result_is_not_while_Redis_is_away()
    {
        await using var own = await Stores.StartAsync(Ct);
        var handler = new ScriptedHandler(async (attempt, ct) =>
        {
            await own.Redis.KillAsync(ct);
            attempt.AppendToken("hello");
            return ScriptedHandler.Done;
        });
        await using var worker = await WorkerHost.StartAsync(own, handler);

        var job = await worker.FinalAsync(await worker.SubmitAsync());

        Assert.Equal((JobStatus.Completed, 1), (job.Status, job.Attempt));
    }

    [Fact]
    public async Task The_span_of_a_first_attempt_belongs_to_the_trace_of_the_request_and_a_later_one_links_to_it()
    {
        using var spans = new SpanRecorder(WorkerTelemetry.Name);
        var handler = new ScriptedHandler((attempt, _) => Task.FromResult(attempt.Job.Attempt == 1
            ? new AttemptOutcome.Failed(new JobError("provider_error", "down"))
            : ScriptedHandler.Done));
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var creator = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

        var id = await worker.SubmitAsync(traceparent: $"00-{creator.TraceId}-{creator.SpanId}-01");
        await worker.FinalAsync(id);

        await Eventually.That(() => Assert.Equal(2, spans.OfJob(id).Count), Ct);
        var (first, second) = spans.OfJob(id).OrderBy(span => span.StartTimeUtc).ToArray() is [var one, var two] ? (one, two) : default;
        Assert.Equal(("process llm_chat", ActivityKind.Consumer, creator.TraceId, creator.SpanId), (first.OperationName, first.Kind, first.TraceId, first.ParentSpanId));
        Assert.Equal(("provider_error", ActivityStatusCode.Error), (first.GetTagItem("error.type"), first.Status));
        Assert.NotEqual(creator.TraceId, second.TraceId);
        Assert.Equal((creator.TraceId, creator.SpanId), (Assert.Single(second.Links).Context.TraceId, Assert.Single(second.Links).Context.SpanId));
        Assert.Equal("completed", second.GetTagItem("aiplatform.job.outcome"));
    }
}
