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

    /// <summary>The run was aborted for a job of higher priority: its tokens are void, and the job waits at its place in the line.
    /// Data: <see cref="PreemptedEvent"/>.</summary>
    public const string Preempted = "preempted";
}

/// <param name="Id">Ordered within the job; resume after it with <c>Last-Event-ID</c>.</param>
/// <param name="Type"><c>state</c>, <c>progress</c>, <c>token</c> or <c>preempted</c>.</param>
public sealed record JobEvent(string Id, string Type, JsonElement Data);

/// <summary>A piece of generated text.</summary>
/// <param name="Text">To be appended to what came before it with the same start.</param>
/// <param name="StartedAt">When the run that generates it started: the job's <c>started_at</c>. A later one than before means that the text
/// starts anew. The attempt's number would not tell: a lost lease gives it back.</param>
public sealed record TokenEvent(string Text, DateTimeOffset StartedAt);

/// <summary>A run that was aborted for a job of higher priority.</summary>
/// <param name="StartedAt">When the run had started: tokens with this start are void.</param>
/// <param name="Preemptions">How many of the job's runs were aborted so far, this one included.</param>
public sealed record PreemptedEvent(DateTimeOffset StartedAt, int Preemptions);
