using System.Text.Json.Serialization;

namespace AiPlatform.Contracts.Infra;

/// <summary>Whether a source can be read, and how old what it gave is.</summary>
public sealed record SourceState
{
    /// <summary>Current values of this source are in the status.</summary>
    public required bool Available { get; init; }

    /// <summary>What is read: <c>nvml</c>, <c>nvidia-smi</c>, <c>docker</c>, <c>cgroup</c>, <c>prometheus</c>, or <c>none</c>.</summary>
    public required string Backend { get; init; }

    /// <summary>When the values were collected, UTC; null when there were none yet.</summary>
    public DateTimeOffset? CollectedAt { get; init; }

    /// <summary>Age of the values in milliseconds, by a clock that no time adjustment moves.</summary>
    public long? AgeMs { get; init; }

    /// <summary>How long collecting them took, in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>The values are too old (three missed samples) and therefore withheld.</summary>
    public required bool Stale { get; init; }

    /// <summary>What went wrong at the last attempt; null when nothing did, and when the source is absent or off.</summary>
    public InfraError? Error { get; init; }

    /// <summary>The last attempt gave no values at all; those that are there are of an earlier one. Not part of the status.</summary>
    [JsonIgnore]
    public bool HasFailed { get; init; }

    /// <summary>Why an absent source is absent, in words; null when it is there.</summary>
    public string? Detail { get; init; }
}
