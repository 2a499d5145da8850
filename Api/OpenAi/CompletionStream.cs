using System.Text;
using System.Text.Json;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>
/// A chat job's events as OpenAI's chunks. A stream that cannot be finished never looks as if it were: it ends with an error event and a broken
/// connection, the only end that every client library notices (some pass over the event, some over a clean end).
/// </summary>
sealed class CompletionStream(ChunkWriter chunks, HttpContext context, Guid id, string askedModel)
{
    /// <summary>For the error event to arrive before the end of the connection does: what a broken connection still holds may be thrown away.</summary>
    static readonly TimeSpan BeforeAbort = TimeSpan.FromMilliseconds(50);

    /// <summary>The answer that tokens are of.</summary>
    const int FirstChoice = 0;

    /// <summary>As the last state told it; null before the first, which comes before any text unless the job has ended already.</summary>
    JobView? _job;

    /// <summary>Start of the run whose text the caller has; null while there is none.</summary>
    DateTimeOffset? _run;

    /// <summary>That text. Tokens can be lost with Redis, and without this a text with a gap would end as if it were whole.</summary>
    readonly StringBuilder _said = new();

    bool _isTold;

    /// <summary>Writes what the job says, to its end.</summary>
    public async Task WriteAsync(EventStream events)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        // A proxy that buffers would hold tokens back until there are many.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await foreach (var entry in events.ReadAsync())
        {
            var problem = entry.EventType switch
            {
                JobEventTypes.State => await StateAsync(entry.Data.Deserialize(ContractsJson.Default.JobView)!),
                JobEventTypes.Token => await TextAsync(entry.Data.GetProperty("text").GetString()!, RunOf(entry.Data)),
                JobEventTypes.Preempted when _run == RunOf(entry.Data) => Problems.Restarted(id),
                _ => null,
            };
            if (problem is not null)
            {
                await BreakOffAsync(problem);
                return;
            }
        }
        if (!_isTold)
            await BreakOffAsync(events.IsStopping ? Problems.Stopping(id) : Problems.StoreUnavailable());
    }

    /// <returns>Why the stream cannot go on; null where it can.</returns>
    async Task<ProblemResult?> StateAsync(JobView job)
    {
        _job = job;
        if (job.Status.IsFinal() && job.Status != JobStatus.Completed)
            return Problems.Of(job);
        if (_run is not null && (job.Status == JobStatus.Pending || job.StartedAt != _run))
            return Problems.Restarted(id);
        return job.Status == JobStatus.Completed ? await FinishAsync(new CompletionResult(job, askedModel)) : null;
    }

    async Task<ProblemResult?> TextAsync(string text, DateTimeOffset run)
    {
        if (_job is null || IsVoid(run, _job))
            return null;
        if (_run is null)
            await chunks.RoleAsync(askedModel, FirstChoice);
        else if (_run != run)
            return Problems.Restarted(id);
        _run = run;
        _said.Append(text);
        await chunks.TextAsync(askedModel, FirstChoice, text);
        return null;
    }

    async Task<ProblemResult?> FinishAsync(CompletionResult result)
    {
        foreach (var choice in result.Choices)
        {
            // Only the first of several answers is said as it comes.
            var said = choice.Index == FirstChoice ? _said.ToString() : "";
            var text = choice.Content ?? "";
            if (!text.StartsWith(said, StringComparison.Ordinal))
                return Problems.StreamBroken(id);
            if (said.Length == 0)
                await chunks.RoleAsync(result.Model, choice.Index);
            if (text.Length > said.Length)
                await chunks.TextAsync(result.Model, choice.Index, text[said.Length..]);
            if (choice.ToolCalls is { } calls)
                await chunks.ToolCallsAsync(result.Model, choice.Index, calls);
            await chunks.FinishAsync(result.Model, choice);
        }
        await chunks.EndAsync(result.Model, result.Usage);
        _isTold = true;
        return null;
    }

    async Task BreakOffAsync(ProblemResult problem)
    {
        if (!context.Response.HasStarted)
        {
            await problem.ExecuteAsync(context);
            return;
        }
        await chunks.ErrorAsync(problem.Problem);
        await Task.Delay(BeforeAbort, context.RequestAborted);
        context.Abort();
    }

    /// <summary>Whether text is of a run that ended before the state: a caller who comes late would read it as part of the answer.</summary>
    static bool IsVoid(DateTimeOffset run, JobView job) => job.Status == JobStatus.Pending ? run <= job.StartedAt : run < job.StartedAt;

    static DateTimeOffset RunOf(JsonElement said) => said.GetProperty("started_at").GetDateTimeOffset();
}
