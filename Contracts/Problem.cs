using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Every error answer: RFC 9457 problem details, sent as <c>application/problem+json</c>.</summary>
public sealed record Problem
{
    /// <summary>The error in a few words; the same for every answer of a code.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What went wrong, as a stable word; words are added, never renamed.</summary>
    public required string Code { get; init; }

    /// <summary>What happened this time, for a person.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    /// <summary>
    /// What is wrong with each field, by its JSON path (<c>jobs[3].priority</c>), query parameter or header; <c>$</c> is the body as a whole.
    /// Left out unless fields are wrong.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>The job that a waiting caller's answer was to come from; left out elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? JobId { get; init; }

    /// <summary>The error category of that job when it failed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Category { get; init; }

    /// <summary>Finds the request in traces and logs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TraceId { get; init; }
}
