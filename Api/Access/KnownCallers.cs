using System.Collections.Frozen;
using System.Security.Cryptography;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Access;

/// <summary>All callers as they stood with one change of them.</summary>
sealed class KnownCallers
{
    readonly FrozenDictionary<string, (StoredToken Token, StoredCaller Caller)> _byHash;
    readonly FrozenDictionary<string, OwnerLimit[]> _mostWaiting;
    readonly FrozenDictionary<string, string> _tenants;

    public KnownCallers(long version, IReadOnlyList<StoredCaller> callers)
    {
        var owned = callers.Where(caller => caller.Caller.OwnerServices is not null)
            .SelectMany(caller => caller.Caller.OwnerServices!.Select(owner => (Owner: owner, Caller: caller))).ToList();
        Version = version;
        IsEmpty = callers.Count == 0;
        _byHash = callers.SelectMany(caller => caller.Tokens.Select(token => (Token: token, Caller: caller)))
            .ToFrozenDictionary(one => Convert.ToHexString(one.Token.Hash.Span));
        _mostWaiting = owned.GroupBy(one => one.Owner, one => one.Caller).Where(group => group.Any(caller => caller.Caller.MostWaiting is not null))
            .ToFrozenDictionary(group => group.Key, group => group.Select(LimitOf).ToArray());
        _tenants = owned.Where(one => one.Caller.Caller.Tenant is not null && one.Caller.RevokedAt is null).GroupBy(one => one.Owner)
            .ToFrozenDictionary(group => group.Key, group => group.First().Caller.Caller.Tenant!);
    }

    public long Version { get; }

    /// <summary>Whether there has never been one.</summary>
    public bool IsEmpty { get; }

    /// <summary>The lowest limit of the callers that name the owner service: of those that have not ended or, where all have, of the last to end. What it has left goes on,
    /// and must not get more room by the end of a caller. Null without any.</summary>
    public int? MostWaitingOf(string owner, DateTimeOffset now)
    {
        if (!_mostWaiting.TryGetValue(owner, out var limits))
            return null;
        var last = limits.Max(limit => limit.Ends);
        return limits.Where(limit => limit.Ends == last || (limit.Ends > now && !limit.IsRevoked)).Min(limit => limit.Most);
    }

    /// <summary>The tenant of the callers, not revoked, that name the owner service; null for none.</summary>
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

    static OwnerLimit LimitOf(StoredCaller caller)
    {
        var ends = new[] { caller.RevokedAt, caller.ExpiresAt }.Min() ?? DateTimeOffset.MaxValue;
        return new OwnerLimit(caller.Caller.MostWaiting, ends, caller.RevokedAt is not null);
    }

    /// <param name="IsRevoked">Whether it has ended, whatever this process takes for the time.</param>
    readonly record struct OwnerLimit(int? Most, DateTimeOffset Ends, bool IsRevoked);
}
