using System.Collections.Frozen;
using System.Security.Cryptography;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Access;

/// <summary>All callers as they stood with one change of them.</summary>
sealed class KnownCallers
{
    readonly FrozenDictionary<string, (StoredToken Token, StoredCaller Caller)> _byHash;
    readonly FrozenDictionary<string, (int Most, DateTimeOffset? Until)[]> _mostWaiting;
    readonly FrozenDictionary<string, string> _tenants;

    public KnownCallers(long version, IReadOnlyList<StoredCaller> callers)
    {
        var live = callers.Where(caller => caller.RevokedAt is null).ToList();
        var owned = live.Where(caller => caller.Caller.OwnerServices is not null)
            .SelectMany(caller => caller.Caller.OwnerServices!.Select(owner => (Owner: owner, caller.Caller, caller.ExpiresAt))).ToList();
        Version = version;
        IsEmpty = callers.Count == 0;
        _byHash = callers.SelectMany(caller => caller.Tokens.Select(token => (Token: token, Caller: caller)))
            .ToFrozenDictionary(one => Convert.ToHexString(one.Token.Hash.Span));
        _mostWaiting = owned.Where(one => one.Caller.MostWaiting is not null).GroupBy(one => one.Owner)
            .ToFrozenDictionary(group => group.Key, group => group.Select(one => (one.Caller.MostWaiting!.Value, one.ExpiresAt)).ToArray());
        _tenants = owned.Where(one => one.Caller.Tenant is not null).GroupBy(one => one.Owner)
            .ToFrozenDictionary(group => group.Key, group => group.First().Caller.Tenant!);
    }

    public long Version { get; }

    /// <summary>Whether there has never been one.</summary>
    public bool IsEmpty { get; }

    /// <summary>The lowest limit of a caller, not ended, that names the owner service; null without any.</summary>
    public int? MostWaitingOf(string owner, DateTimeOffset now) =>
        _mostWaiting.TryGetValue(owner, out var limits) ? limits.Where(limit => limit.Until is null || limit.Until > now).Min(limit => (int?)limit.Most) : null;

    /// <summary>The tenant that the owner service belongs to; null for none.</summary>
    public string? TenantOf(string owner) => _tenants.GetValueOrDefault(owner);

    /// <summary>Whose token has the hash.</summary>
    public (Caller? Caller, AccessFailure Failure) Find(byte[] hash, DateTimeOffset now)
    {
        if (!_byHash.TryGetValue(Convert.ToHexString(hash), out var known) || !CryptographicOperations.FixedTimeEquals(known.Token.Hash.Span, hash))
            return (null, AccessFailure.Unknown);
        if (known.Token.RevokedAt is not null || known.Caller.RevokedAt is not null)
            return (null, AccessFailure.Revoked);
        return known.Token.ExpiresAt <= now || known.Caller.ExpiresAt <= now ? (null, AccessFailure.Expired) : (known.Caller.Caller, default);
    }
}
