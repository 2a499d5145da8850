using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /api/v1/infra/status</c>: what the sidecars of the AI servers say, in one. It is 200 whatever they say.</summary>
public sealed record InfraReport
{
    /// <summary>Whether the service knows a sidecar.</summary>
    public required bool Configured { get; init; }

    /// <summary>Whether a sidecar answered.</summary>
    public required bool Available { get; init; }

    /// <summary>Which sidecars did not tell their status; null where all did.</summary>
    public string? Reason { get; init; }

    /// <summary><c>ok</c> when every sidecar says so, <c>unavailable</c> when none can be read, else <c>degraded</c>; null where none is configured.</summary>
    public string? Status { get; init; }

    /// <summary>One entry for each configured sidecar, also for one that does not answer.</summary>
    public IReadOnlyList<SidecarReport> Sidecars { get; init; } = [];

    /// <summary>The GPUs of all servers as their sidecars tell them, each with the name of its <c>sidecar</c>.</summary>
    public IReadOnlyList<JsonElement> Gpus { get; init; } = [];

    /// <inheritdoc cref="Gpus"/>
    public IReadOnlyList<JsonElement> Containers { get; init; } = [];

    /// <summary>The model servers of all servers as their sidecars tell them, each with the name of its <c>sidecar</c>.</summary>
    public IReadOnlyList<JsonElement> Inference { get; init; } = [];
}

/// <summary>What one sidecar says of itself and its server.</summary>
public sealed record SidecarReport
{
    /// <summary>The configured name; host and port where none was given.</summary>
    public required string Name { get; init; }

    /// <summary>Host and port.</summary>
    public required string UrlHost { get; init; }

    /// <summary>Whether it answered.</summary>
    public required bool Available { get; init; }

    /// <summary>Why there is no status; null where there is one.</summary>
    public string? Reason { get; init; }

    /// <summary>Milliseconds since it answered or was given up. What it told has ages of its own, by its <c>generated_at</c>.</summary>
    public required long AgeMs { get; init; }

    /// <summary>Its own word: <c>ok</c>, <c>degraded</c> or <c>unavailable</c>.</summary>
    public string? Status { get; init; }

    /// <summary>When it put its status together, by its clock.</summary>
    public DateTimeOffset? GeneratedAt { get; init; }

    /// <summary>The server's load, memory and disks.</summary>
    public JsonElement? Host { get; init; }

    /// <summary>How well each of its sources is read, and how old their values are.</summary>
    public JsonElement? Sources { get; init; }
}
