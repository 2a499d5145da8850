using System.Text.Json;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Endpoints;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>
/// A job's events as a stream of OpenAI's form. A stream that cannot be finished never looks as if it were: it ends with an error event and a broken
/// connection, the only end that every client library notices (some pass over the event, some over a clean end).
/// </summary>
sealed class AnswerStream(IAnswerWriter writer, HttpContext context, Guid id)
{
    /// <summary>For the error event to arrive before the end of the connection does: what a broken connection still holds may be thrown away.</summary>
    static readonly TimeSpan BeforeAbort = TimeSpan.FromMilliseconds(50);

    /// <summary>As the last state told it; null before the first, which comes before any text unless the job has ended already.</summary>
    JobView? _job;

    /// <summary>Whose text it is, as far as was told.</summary>
    TextSource _from;

    readonly AnswerText _text = new();

    bool _isTold;

    /// <summary>Writes what the job says, to its end.</summary>
    /// <returns>Whether the caller has an answer, after which it does not ask again.</returns>
    public async Task<bool> WriteAsync(EventStream events)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        // A proxy that buffers would hold tokens back until there are many.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        await foreach (var entry in events.ReadAsync())
        {
            if (await PassOnAsync(entry.EventType, entry.Data) is { } problem)
                return await BreakOffAsync(problem);
        }
        return _isTold || await BreakOffAsync(events.IsStopping ? Problems.Stopping(id) : Problems.StoreUnavailable());
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
                var token = data.Deserialize(ContractsJson.Default.TokenEvent)!;
                _from = token.From ?? _from;
                _text.Add(token);
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
        if (_job is not { Status: JobStatus.Completed } job || type != JobEventTypes.State)
            return null;
        if (!context.Response.HasStarted)
            AnswerHeaders.Set(context.Response, job, null);
        _isTold = await writer.FinishAsync(job, _text.Given);
        return _isTold ? null : Problems.StreamBroken(id);
    }

    async Task SayAsync()
    {
        var isFirst = !_text.IsGiven;
        if (_text.Take(_job) is { Length: > 0 } text)
        {
            // They go with the first of the text, unless a heartbeat went before.
            if (isFirst && !context.Response.HasStarted)
                AnswerHeaders.Set(context.Response, _from);
            await writer.SayAsync(text, isFirst);
        }
    }

    async Task<bool> BreakOffAsync(ProblemResult problem)
    {
        if (!context.Response.HasStarted)
        {
            await problem.ExecuteAsync(context);
            return !OpenAiErrors.IsAskedAgainAfter(problem);
        }
        await writer.ErrorAsync(problem.Problem);
        await Task.Delay(BeforeAbort, context.RequestAborted);
        context.Abort();
        return false;
    }
}
