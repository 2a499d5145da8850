namespace AiPlatform.LlmWorker.Routing;

/// <summary>Whether a deployment is in use.</summary>
enum CircuitState
{
    /// <summary>In use.</summary>
    Closed,

    /// <summary>One call may try whether it works again.</summary>
    HalfOpen,

    /// <summary>Resting.</summary>
    Open,
}

/// <summary>
/// Keeps calls from a deployment that fails. More than half of at least five calls failed within 30 s: it rests 5 s, then one call tries it; each
/// time that fails it rests twice as long, up to a minute. A server that asks to be left alone rests as long as it asks. One that refuses our key or
/// does not know the model rests until the configuration changes: trying again cannot help.
/// </summary>
/// <param name="random">Shortens each rest by up to a fifth, so that workers do not all come back at once.</param>
sealed class CircuitBreaker(TimeProvider time, Random random)
{
    public static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);
    const int FewestCalls = 5;
    static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    readonly Queue<(long At, bool Failed)> calls = [];
    int failed;
    int rests;
    int epoch;
    long? restsFrom;
    TimeSpan rest;
    bool isAskedFor;
    bool isProbed;

    /// <summary>A call's admission, to be given back with its end.</summary>
    /// <param name="Epoch">In which it was given: what was admitted earlier says nothing of a rest that began since.</param>
    /// <param name="IsProbe">The one call that tries whether it works again.</param>
    public readonly record struct Pass(int Epoch, bool IsProbe = false);

    public CircuitState State
    {
        get
        {
            lock (gate)
            {
                return (restsFrom, Left_NeedsLock() > TimeSpan.Zero) switch
                {
                    (null, _) => CircuitState.Closed,
                    (_, true) => CircuitState.Open,
                    _ => CircuitState.HalfOpen,
                };
            }
        }
    }

    /// <summary>How long it still rests; zero where a call may be made, <see cref="TimeSpan.MaxValue"/> until the configuration changes.</summary>
    public TimeSpan Left
    {
        get
        {
            lock (gate)
            {
                return Left_NeedsLock();
            }
        }
    }

    /// <summary>Whether it rests because the server asked for it: then not even the last resort is called.</summary>
    public bool IsAskedFor
    {
        get
        {
            lock (gate)
            {
                return isAskedFor && Left_NeedsLock() > TimeSpan.Zero;
            }
        }
    }

    /// <summary>Asks to make a call.</summary>
    /// <param name="insists">Where there is nothing else that could be called.</param>
    /// <returns>Null while it rests, and while another call tries it.</returns>
    public Pass? TryEnter(bool insists)
    {
        lock (gate)
        {
            if (restsFrom is null || insists)
            {
                return new Pass(epoch);
            }
            if (isProbed || Left_NeedsLock() > TimeSpan.Zero)
            {
                return null;
            }
            isProbed = true;
            return new Pass(epoch, IsProbe: true);
        }
    }

    /// <returns>Whether it came into use again by this.</returns>
    public bool Succeeded(Pass pass)
    {
        lock (gate)
        {
            if (pass.Epoch != epoch)
            {
                return false;
            }
            if (restsFrom is null)
            {
                Count_NeedsLock(false);
                return false;
            }
            epoch++;
            restsFrom = null;
            rest = TimeSpan.Zero;
            (rests, failed, isProbed, isAskedFor) = (0, 0, false, false);
            calls.Clear();
            return true;
        }
    }

    /// <returns>How long it rests now; null where it stays as it is.</returns>
    public TimeSpan? Failed(Pass pass)
    {
        lock (gate)
        {
            if (pass.Epoch != epoch || rest == TimeSpan.MaxValue)
            {
                // Of a time before it rested, or came into use again; or nothing new of one that is wrongly configured.
                return null;
            }
            if (restsFrom is null)
            {
                Count_NeedsLock(true);
                if (calls.Count < FewestCalls || failed * 2 <= calls.Count)
                {
                    return null;
                }
            }
            var longest = Math.Min(FirstRest.TotalSeconds * Math.Pow(2, Math.Min(rests, 10)), LongestRest.TotalSeconds);
            rests++;
            return Rest_NeedsLock(TimeSpan.FromSeconds(longest * (1 - 0.2 * random.NextDouble())), askedFor: false);
        }
    }

    /// <summary>The server asks to be left alone.</summary>
    /// <returns>How long it rests now; null where it rests as long already.</returns>
    public TimeSpan? Rest(TimeSpan asked)
    {
        lock (gate)
        {
            return Left_NeedsLock() is var left && left > TimeSpan.Zero && left >= asked ? null : Rest_NeedsLock(asked, askedFor: true);
        }
    }

    /// <summary>It is wrongly configured.</summary>
    public void Condemn()
    {
        lock (gate)
        {
            Rest_NeedsLock(TimeSpan.MaxValue, askedFor: false);
        }
    }

    /// <summary>A call that ended without saying anything of the server, such as a cancelled one.</summary>
    public void Abandoned(Pass pass)
    {
        lock (gate)
        {
            // One that insisted leaves the probe beside it alone.
            if (pass.IsProbe && pass.Epoch == epoch)
            {
                isProbed = false;
            }
        }
    }

    TimeSpan Rest_NeedsLock(TimeSpan duration, bool askedFor)
    {
        epoch++;
        restsFrom = time.GetTimestamp();
        (rest, isAskedFor, isProbed, failed) = (duration, askedFor, false, 0);
        calls.Clear();
        return duration;
    }

    TimeSpan Left_NeedsLock()
    {
        if (restsFrom is not { } from || rest == TimeSpan.MaxValue)
        {
            return restsFrom is null ? TimeSpan.Zero : rest;
        }
        var left = rest - time.GetElapsedTime(from);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    void Count_NeedsLock(bool isFailure)
    {
        calls.Enqueue((time.GetTimestamp(), isFailure));
        failed += isFailure ? 1 : 0;
        while (time.GetElapsedTime(calls.Peek().At) > Window)
        {
            failed -= calls.Dequeue().Failed ? 1 : 0;
        }
    }
}
