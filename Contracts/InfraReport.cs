using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /api/v1/infra/status</c>.</summary>
public sealed record InfraReport
{
    /// <summary>Whether the service knows a sidecar.</summary>
    public required bool Configured { get; init; }

    /// <summary>Whether the sidecar answered.</summary>
    public required bool Available { get; init; }

    /// <summary>Why there is no status; null where there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>What the sidecar said, passed on as it is: a sidecar of another version may say more or less.</summary>
    public JsonElement? Status { get; init; }
}
