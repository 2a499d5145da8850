using System.Text.Json;
using System.Text.Json.Serialization;

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

    /// <summary>The run was aborted for a job of higher priority, and the job waits at its place in the line. The next run says whether it goes on with the
    /// text. Data: <see cref="PreemptedEvent"/>.</summary>
    public const string Preempted = "preempted";

    /// <summary>A run goes on with the text of the run before it, which broke off. Data: <see cref="ContinuedEvent"/>.</summary>
    public const string Continued = "continued";

    /// <summary>The text begins anew: what was said so far is void. Data: <see cref="RestartEvent"/>.</summary>
    public const string Restart = "restart";
}

/// <param name="Id">Ordered within the job; resume after it with <c>Last-Event-ID</c>.</param>
/// <param name="Type"><c>state</c>, <c>progress</c>, <c>token</c>, <c>preempted</c>, <c>continued</c> or <c>restart</c>.</param>
public sealed record JobEvent(string Id, string Type, JsonElement Data);

/// <summary>A piece of generated text. Like the other events of a text it is read by processes of other versions too, which pass over what they do not
/// know.</summary>
/// <param name="Text">To be appended to what came before it with the same start.</param>
/// <param name="StartedAt">When the run that generates it started: the job's <c>started_at</c>. A later one than before means that the text
/// starts anew, unless <c>continued</c> came first. The attempt's number would not tell: a lost lease gives it back.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record TokenEvent(string Text, DateTimeOffset StartedAt)
{
    /// <summary>How much of the text comes before it, in UTF-16 code units. More than what was received: pieces were lost with Redis, and the result has them.
    /// Less: it was sent before. Left out by workers that do not count.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? At { get; init; }

    /// <summary>Tokens of the whole text up to the end of this piece, as far as they are known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Tokens { get; init; }

    /// <summary>False where no other run can go on with the text, as it is not all that the model said; else left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Continuable { get; init; }

    /// <summary>Whose the text is: with the first piece of a run, and where it changes. Left out by workers that do not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TextSource? From { get; init; }
}

/// <summary>Which models say a text.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public readonly record struct TextSource
{
    /// <inheritdoc cref="ChatResult.ModelGroup"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelGroup { get; init; }

    /// <inheritdoc cref="ChatResult.Fallback"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Fallback { get; init; }

    /// <summary>Tokens of the request that the text answers, as the first server that was asked counts them; left out where it does not say it yet.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? PromptTokens { get; init; }
}

/// <summary>A run that was aborted for a job of higher priority.</summary>
/// <param name="StartedAt">When the run had started: the next run says what becomes of the tokens with this start.</param>
/// <param name="Preemptions">How many of the job's runs were aborted so far, this one included.</param>
public sealed record PreemptedEvent(DateTimeOffset StartedAt, int Preemptions);

/// <summary>A run that goes on with the text of another one.</summary>
/// <param name="StartedAt">When it started: the tokens that follow have this start.</param>
/// <param name="Of">When the run started whose text it goes on with.</param>
/// <param name="Characters">Of that text, in UTF-16 code units: <see cref="TokenEvent.At"/> of the next token.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record ContinuedEvent(DateTimeOffset StartedAt, DateTimeOffset Of, int Characters);

/// <summary>A text that begins anew.</summary>
/// <param name="StartedAt">When the run started that says it.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
public sealed record RestartEvent(DateTimeOffset StartedAt);
