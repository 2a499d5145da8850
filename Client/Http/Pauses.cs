namespace AiPlatform.Client.Http;

/// <summary>The pauses before a call is sent again: ever longer ones, and none beyond the time for which it may be.</summary>
sealed class Pauses(AiPlatformClientOptions options, TimeProvider time)
{
    long? _since;
    TimeSpan _next = options.FirstPause;

    /// <param name="asked">What the service asks for; null where it does not say.</param>
    /// <returns>Null where the time is over.</returns>
    public TimeSpan? Next(TimeSpan? asked)
    {
        _since ??= time.GetTimestamp();
        var own = _next * (0.5 + (Random.Shared.NextDouble() / 2));
        _next = _next * 2 < options.LongestPause ? _next * 2 : options.LongestPause;
        var pause = asked > own ? asked.Value : own;
        return time.GetElapsedTime(_since.Value) + pause < options.RetryFor ? pause : null;
    }

    /// <summary>The other side is there, and fails all the same: the time begins anew, and the pauses go on growing.</summary>
    public void Prolong() => _since = null;

    /// <summary>What failed has succeeded: all begins anew.</summary>
    public void Reset() => (_since, _next) = (null, options.FirstPause);
}
