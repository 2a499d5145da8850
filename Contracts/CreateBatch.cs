using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /v1/batches</c>, in OpenAI's form.</summary>
public sealed record CreateBatch
{
    /// <summary>A file of purpose <c>batch</c>, one request a line.</summary>
    [Required, StringLength(64)]
    public string? InputFileId { get; init; }

    /// <summary>What every line is a call of.</summary>
    [Required, StringLength(64)]
    public string? Endpoint { get; init; }

    /// <value><c>24h</c>.</value>
    [Required, StringLength(16)]
    public string? CompletionWindow { get; init; }

    /// <summary>Words of the caller: up to 16, names of at most 64 characters and texts of at most 512.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>How long the output and error files are kept.</summary>
    public FileExpiry? OutputExpiresAfter { get; init; }
}

/// <summary>When a file is removed.</summary>
public sealed record FileExpiry
{
    /// <value><c>created_at</c>.</value>
    [Required, StringLength(16)]
    public string? Anchor { get; init; }

    /// <summary>After the file's creation.</summary>
    [Required]
    public int? Seconds { get; init; }
}
