using System.Text.Json;

namespace AiPlatform.Jobs;

/// <summary>Many requests in one file, each a job: a batch as the store has it.</summary>
public sealed record StoredBatch
{
    public required Guid Id { get; init; }
    public required string OwnerService { get; init; }
    public string? OwnerRef { get; init; }
    public string? IdempotencyKey { get; init; }

    /// <summary>What every line is a call of, such as <c>/v1/chat/completions</c>.</summary>
    public required string Endpoint { get; init; }

    public required string CompletionWindow { get; init; }
    public JsonElement? Metadata { get; init; }
    public string? Traceparent { get; init; }
    public BatchState State { get; init; }
    public required Guid InputFile { get; init; }
    public required Guid OutputFile { get; init; }
    public required Guid ErrorFile { get; init; }

    /// <summary>How long the files that it makes are kept; null for the default.</summary>
    public TimeSpan? OutputTtl { get; init; }

    /// <summary>Of a batch that failed, what is wrong with its lines.</summary>
    public JsonElement? Errors { get; init; }

    public int Total { get; init; }

    /// <summary>Lines that have left the input, as jobs or otherwise.</summary>
    public int Given { get; init; }

    public int Completed { get; init; }
    public int Failed { get; init; }

    /// <summary>Its time was over before its lines had ended.</summary>
    public bool HasExpired { get; init; }

    public long OutputBytes { get; init; }
    public long ErrorBytes { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? InProgressAt { get; init; }
    public DateTimeOffset? CancellingAt { get; init; }
    public DateTimeOffset? FinalizingAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Its time is over, by the database's clock.</summary>
    public bool IsOverdue { get; init; }

    /// <summary>Lines that are jobs.</summary>
    public int Open => Given - Completed - Failed;
}

public enum BatchState
{
    /// <summary>Its file is being read.</summary>
    Validating = 0,
    InProgress = 1,

    /// <summary>All lines have ended.</summary>
    Finalizing = 2,
    Completed = 3,

    /// <summary>Its file is not valid. No line was made a job.</summary>
    Failed = 4,

    /// <summary>Its time was over before all lines had ended.</summary>
    Expired = 5,
    Cancelling = 6,
    Cancelled = 7,
}

/// <param name="Id">Of the batch.</param>
/// <param name="Lease">Fences everything that is recorded of it.</param>
public sealed record TakenBatch(Guid Id, Guid Lease);

/// <summary>One line of a batch's input.</summary>
/// <param name="Line">From 1 on.</param>
/// <param name="Place">Bytes of the file before it.</param>
/// <param name="JobId">Null while it is none.</param>
public sealed record BatchLine(int Line, string CustomId, long Place, int Bytes, Guid? JobId = null);

/// <summary>What became of lines. Parts are pieces of a file, each of whole lines or of a part of a long one.</summary>
/// <param name="Completed">Lines that stand in the output.</param>
/// <param name="Failed">Lines that stand in the errors.</param>
/// <param name="Given">How many of both were jobs.</param>
public sealed record EndedLines(
    IReadOnlyList<int> Completed, IReadOnlyList<int> Failed, IReadOnlyList<byte[]> Output, IReadOnlyList<byte[]> Errors, int Given);
