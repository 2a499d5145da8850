using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>A batch of requests, in OpenAI's form. All times are Unix seconds.</summary>
public sealed record BatchView
{
    /// <summary>Such as <c>batch_0199e0c2…</c></summary>
    public required string Id { get; init; }

    /// <value>Always <c>batch</c>.</value>
    [JsonPropertyName("object")]
    public string Kind { get; init; } = "batch";

    public required string Endpoint { get; init; }

    /// <summary>Of a batch that failed, what is wrong with its lines.</summary>
    public BatchErrors? Errors { get; init; }

    public required string InputFileId { get; init; }
    public required string CompletionWindow { get; init; }

    /// <summary><c>validating</c>, <c>in_progress</c>, <c>finalizing</c>, <c>completed</c>, <c>failed</c>, <c>expired</c>, <c>cancelling</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Answers, one a line; there once the batch has ended with any.</summary>
    public string? OutputFileId { get; init; }

    /// <summary>Requests that got none, one a line; there once the batch has ended with any.</summary>
    public string? ErrorFileId { get; init; }

    public required long CreatedAt { get; init; }
    public long? InProgressAt { get; init; }
    public required long ExpiresAt { get; init; }
    public long? FinalizingAt { get; init; }
    public long? CompletedAt { get; init; }
    public long? FailedAt { get; init; }
    public long? ExpiredAt { get; init; }
    public long? CancellingAt { get; init; }
    public long? CancelledAt { get; init; }
    public required BatchCounts RequestCounts { get; init; }
    public JsonElement? Metadata { get; init; }
}

/// <param name="Completed">Requests with an answer.</param>
/// <param name="Failed">Requests that have ended without one.</param>
public sealed record BatchCounts(int Total, int Completed, int Failed);

/// <param name="Kind">Always <c>list</c>.</param>
/// <param name="Data">The first hundred.</param>
public sealed record BatchErrors([property: JsonPropertyName("object")] string Kind, IReadOnlyList<BatchError> Data);

/// <param name="Code">Such as <c>invalid_json_line</c>.</param>
/// <param name="Param">The field that is wrong.</param>
/// <param name="Line">Of the input file, from 1 on.</param>
public sealed record BatchError(string Code, string Message, string? Param, int? Line);

/// <summary>Answer of <c>GET /v1/batches</c>, in OpenAI's form.</summary>
/// <param name="Kind">Always <c>list</c>.</param>
/// <param name="HasMore">Whether another page follows after <paramref name="LastId"/>.</param>
public sealed record BatchList(
    [property: JsonPropertyName("object")] string Kind, IReadOnlyList<BatchView> Data, string? FirstId, string? LastId, bool HasMore);
