using System.Diagnostics;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
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
        var events = await worker.Queue.EventsAsync(JobScope.All, id, null, Ct).ToListAsync(Ct);

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
        await foreach (var entry in worker.Queue.EventsAsync(JobScope.All, id, null, Ct))
        {
            if (entry.Type == JobEventTypes.Progress && entry.Data.GetProperty("percent").GetInt32() == 100)
            {
                break;
            }
        }
        await worker.Queue.CancelAsync(JobScope.All, id, Ct);
        var events = await worker.Queue.EventsAsync(JobScope.All, id, null, Ct).ToListAsync(Ct);

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
    public async Task The_first_run_of_an_awaited_job_belongs_to_the_trace_of_its_submission_and_a_later_one_links_to_it()
    {
        using var spans = new SpanRecorder(WorkerTelemetry.Name);
        var handler = new ScriptedHandler((attempt, _) => Task.FromResult(attempt.Job.Attempt == 1
            ? new AttemptOutcome.Failed(new JobError("provider_error", "down"))
            : ScriptedHandler.Done));
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var creator = Creator(ActivityTraceFlags.Recorded);

        var id = await worker.SubmitAsync(traceparent: Traceparent(creator), isAwaited: true);
        await worker.FinalAsync(id);

        await Eventually.That(() => Assert.Equal(2, spans.OfJob(id).Count), Ct);
        var (first, second) = spans.OfJob(id).OrderBy(span => span.StartTimeUtc).ToArray() is [var one, var two] ? (one, two) : default;
        Assert.Equal(("process llm_chat", ActivityKind.Consumer, creator.TraceId, creator.SpanId), (first.OperationName, first.Kind, first.TraceId, first.ParentSpanId));
        Assert.Equal(("provider_error", ActivityStatusCode.Error), (first.GetTagItem("error.type"), first.Status));
        AssertOwnTrace(second, creator);
        Assert.Equal(("completed", true), (second.GetTagItem("aiplatform.job.outcome"), second.GetTagItem("aiplatform.job.has_run_before")));
    }

    [Fact]
    public async Task A_job_that_nobody_waits_for_has_a_trace_of_its_own_with_a_link()
    {
        using var spans = new SpanRecorder(WorkerTelemetry.Name);
        await using var worker = await WorkerHost.StartAsync(stores, new ScriptedHandler((_, _) => Task.FromResult<AttemptOutcome>(ScriptedHandler.Done)));
        var creator = Creator(ActivityTraceFlags.Recorded);

        var id = await worker.SubmitAsync(traceparent: Traceparent(creator));
        await worker.FinalAsync(id);

        await Eventually.That(() => AssertOwnTrace(Assert.Single(spans.OfJob(id)), creator), Ct);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_of_a_caller_that_is_not_sampled_leaves_no_spans(bool isAwaited)
    {
        Activity? seen = null;
        var handler = new ScriptedHandler((_, _) =>
        {
            seen = Activity.Current;
            return Task.FromResult<AttemptOutcome>(ScriptedHandler.Done);
        });
        using var spans = new SpanRecorder(WorkerTelemetry.Name, byParent: true);
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var id = await worker.SubmitAsync(traceparent: Traceparent(Creator(ActivityTraceFlags.None)), isAwaited: isAwaited);
        await worker.FinalAsync(id);

        Assert.Equal((false, false), (seen?.Recorded, seen?.IsAllDataRequested));
        Assert.Empty(spans.OfJob(id));
    }

    static ActivityContext Creator(ActivityTraceFlags flags) => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags);

    static string Traceparent(ActivityContext creator) => $"00-{creator.TraceId}-{creator.SpanId}-0{(int)creator.TraceFlags}";

    static void AssertOwnTrace(Activity span, ActivityContext creator)
    {
        Assert.NotEqual(creator.TraceId, span.TraceId);
        Assert.Equal(default, span.ParentSpanId);
        Assert.Equal((creator.TraceId, creator.SpanId), (Assert.Single(span.Links).Context.TraceId, Assert.Single(span.Links).Context.SpanId));
    }
}
