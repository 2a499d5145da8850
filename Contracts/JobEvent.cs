using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>One entry of a job's event stream. The names are the <c>event:</c> field on the wire.</summary>
public static class JobEventTypes
{
    /// <summary>Data: the job as <see cref="JobView"/> without its input. The last event of a stream is one with a final status.</summary>
    public const string State = "state";

    /// <summary>Data: whatever JSON the worker reported.</summary>
    public const string Progress = "progress";

    /// <summary>Data: <see cref="TokenEvent"/>.</summary>
    public const string Token = "token";
}

/// <param name="Id">Ordered within the job; resume after it with <c>Last-Event-ID</c>.</param>
/// <param name="Type"><c>state</c>, <c>progress</c> or <c>token</c>.</param>
public sealed record JobEvent(string Id, string Type, JsonElement Data);

/// <summary>A piece of generated text.</summary>
/// <param name="Text">To be appended to what came before it with the same start.</param>
/// <param name="StartedAt">When the run that generates it started: the job's <c>started_at</c>. A later one than before means that the text
/// starts anew. The attempt's number would not tell: a lost lease gives it back.</param>
public sealed record TokenEvent(string Text, DateTimeOffset StartedAt);
