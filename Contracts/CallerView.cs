using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>A caller as administrators see it; never a token.</summary>
public sealed record CallerView
{
    public required string Name { get; init; }

    /// <summary><c>api</c>, or <c>file</c> where only <c>CALLERS_FILE</c> changes it.</summary>
    public required string Source { get; init; }

    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary><c>["*"]</c> of a caller of the platform.</summary>
    public required IReadOnlyList<string> OwnerServices { get; init; }

    /// <summary>Null for every one.</summary>
    public IReadOnlyList<string>? TaskTypes { get; init; }

    public string? Tenant { get; init; }
    public required JobPriority DefaultPriority { get; init; }
    public required JobPriority HighestPriority { get; init; }

    /// <summary>Requests a second; null for no limit.</summary>
    public double? RequestRate { get; init; }

    /// <summary>Null for no limit.</summary>
    public int? MostWaiting { get; init; }

    /// <summary>Null for no limit.</summary>
    public int? MostRunning { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was turned off; null while it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>In the order of their creation; those that ended are listed for 30 days.</summary>
    public required IReadOnlyList<TokenView> Tokens { get; init; }
}

/// <param name="Hint">Its first characters.</param>
/// <param name="RevokedAt">When it was turned off; null while it is not.</param>
public sealed record TokenView(Guid Id, string Hint, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>Answer where a token was made.</summary>
/// <param name="Token">What the caller sends as <c>Authorization: Bearer</c>. It is shown this once, and kept as a hash only.</param>
/// <param name="TokenId">Its id among the caller's tokens.</param>
public sealed record IssuedToken(string Token, Guid TokenId, CallerView Caller);

/// <param name="NextCursor">For the next page; null on the last.</param>
public sealed record CallerPage(IReadOnlyList<CallerView> Callers, string? NextCursor);

/// <summary>Body of <c>POST /api/v1/admin/callers/{name}/tokens</c>.</summary>
public sealed record CreateToken
{
    /// <summary>When the new token ends.</summary>
    /// <value>Default never.</value>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When all other tokens of the caller end, such as <c>24h</c>; <c>0s</c> for at once.</summary>
    /// <value>Default as before.</value>
    [StringLength(32)]
    public string? ExpireOthersIn { get; init; }
}

/// <summary>What an administrator did.</summary>
public sealed record AuditView
{
    public required long Id { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The caller; <c>service</c> for <c>AI_SERVICE_TOKEN</c>, <c>file</c> for <c>CALLERS_FILE</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>Such as <c>caller.create</c> or <c>queue.pause</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The caller's name, the owner service, or <c>task_type/model_profile</c> of the queue.</summary>
    public required string Target { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Detail { get; init; }
}

/// <param name="NextCursor">For the next page; null on the last.</param>
public sealed record AuditPage(IReadOnlyList<AuditView> Entries, string? NextCursor);
