using System.Net;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.Api.Access;

/// <summary>
/// How many words an address may still try that are no tokens. A word that a person chose could be guessed; one of <see cref="CallerTokens"/> could not, and is
/// never counted here. Bounded: of the addresses that fail, those of the latest 5,000 to 10,000 are remembered.
/// </summary>
sealed class FailedAttempts(TimeProvider time)
{
    public const int Most = 20;

    const int MostInGeneration = 5_000;

    /// <summary>After which an address may try once more.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(3);

    readonly Lock _lock = new();
    Dictionary<UInt128, (double Left, long At)> _now = [];
    Dictionary<UInt128, (double Left, long At)> _before = [];

    /// <summary>Judges a try.</summary>
    /// <param name="isRight">Whether it is a token; told only to who has tries left.</param>
    /// <returns>When it may be tried again, where none are left; else null.</returns>
    public TimeSpan? Judge(IPAddress? address, bool isRight)
    {
        var key = ClientAddress.Key(address);
        lock (_lock)
        {
            if (!_now.TryGetValue(key, out var known) && !_before.TryGetValue(key, out known))
            {
                if (isRight)
                    return null;
                known = (Most, time.GetTimestamp());
            }
            var now = time.GetTimestamp();
            var left = Math.Min(Most, known.Left + (time.GetElapsedTime(known.At, now) / Refill));
            if (left >= 1 && !isRight)
                Keep_NeedsLock(key, (left - 1, now));
            return left < 1 ? Refill * (1 - left) : null;
        }
    }

    void Keep_NeedsLock(UInt128 key, (double Left, long At) attempts)
    {
        if (_now.Count >= MostInGeneration && !_now.ContainsKey(key))
            (_before, _now) = (_now, []);
        _now[key] = attempts;
    }
}
