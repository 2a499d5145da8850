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

    readonly AnswerText _text = new();

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
            if (await PassOnAsync(entry.EventType, entry.Data) is { } problem)
            {
                await BreakOffAsync(problem);
                return;
            }
        }
        if (!_isTold)
            await BreakOffAsync(events.IsStopping ? Problems.Stopping(id) : Problems.StoreUnavailable());
    }

    /// <returns>Why the stream cannot go on; null where it can.</returns>
    async Task<ProblemResult?> PassOnAsync(string type, JsonElement data)
    {
        switch (type)
        {
            case JobEventTypes.State:
                _job = data.Deserialize(ContractsJson.Default.JobView)!;
                break;
            case JobEventTypes.Token:
                _text.Add(data.Deserialize(ContractsJson.Default.TokenEvent)!);
                break;
            case JobEventTypes.Continued:
                _text.Continue(data.Deserialize(ContractsJson.Default.ContinuedEvent)!);
                break;
            case JobEventTypes.Restart:
                _text.Begin(data.Deserialize(ContractsJson.Default.RestartEvent)!.StartedAt);
                break;
        }
        if (_text.IsVoid)
            return Problems.Restarted(id);
        if (_job is { Status: JobStatus.Failed or JobStatus.Cancelled } ended)
            return Problems.Of(ended);
        await SayAsync();
        return _job is { Status: JobStatus.Completed } job && type == JobEventTypes.State ? await FinishAsync(new CompletionResult(job, askedModel)) : null;
    }

    async Task SayAsync()
    {
        var isFirst = !_text.IsGiven;
        if (_text.Take(_job) is not { Length: > 0 } text)
            return;
        if (isFirst)
            await chunks.RoleAsync(askedModel, FirstChoice);
        await chunks.TextAsync(askedModel, FirstChoice, text);
    }

    async Task<ProblemResult?> FinishAsync(CompletionResult result)
    {
        foreach (var choice in result.Choices)
        {
            // Only the first of several answers is said as it comes.
            var said = choice.Index == FirstChoice ? _text.Given : "";
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
}
