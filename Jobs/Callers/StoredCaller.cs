namespace AiPlatform.Jobs;

/// <summary>A caller as the store keeps it.</summary>
public sealed record StoredCaller
{
    public required Caller Caller { get; init; }

    /// <summary>Whether it comes from <c>CALLERS_FILE</c>, which alone changes it then.</summary>
    public required bool IsOfFile { get; init; }

    /// <summary>When it ends by itself; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was turned off; null while it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>In the order of their creation, those that have ended too.</summary>
    public IReadOnlyList<StoredToken> Tokens { get; init; } = [];
}

/// <summary>One of a caller's tokens, of which only the SHA-256 is known.</summary>
public sealed record StoredToken(Guid Id, ReadOnlyMemory<byte> Hash, string Hint, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>A token to be added.</summary>
/// <param name="Hash">Its SHA-256.</param>
/// <param name="Hint">Its first characters, for people.</param>
public sealed record NewToken(Guid Id, ReadOnlyMemory<byte> Hash, string Hint, DateTimeOffset? ExpiresAt);

/// <summary>A caller of <c>CALLERS_FILE</c>.</summary>
public sealed record FiledCaller(Caller Caller, DateTimeOffset? ExpiresAt, IReadOnlyList<NewToken> Tokens);

/// <summary>What an administrator did.</summary>
/// <param name="Detail">JSON; null where there is nothing more to say.</param>
public sealed record AuditEntry(long Id, DateTimeOffset At, string Actor, string Action, string Target, string? Detail);
