using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>
/// The calls that may be under way at a deployment, from this worker: at most the configured number, fewer after refusals and slow answers
/// (<see cref="AdaptiveLimit"/>), and fewer where the server itself says that it has too many (<see cref="ServerLimit"/>).
/// </summary>
/// <param name="configured">At a time.</param>
sealed class Places(int configured, AdmissionRules rules, AdmissionSignal signal, TimeProvider time)
{
    static readonly JobPriority[] ByUrgency = [JobPriority.High, JobPriority.Normal, JobPriority.Low];

    readonly Lock gate = new();
    readonly AdaptiveLimit adaptive = new(configured, time);
    readonly ServerLimit server = new(rules, time);
    int inFlight;
    JobPriority? lowestOpen = JobPriority.Low;

    /// <summary>Other settings hold from now on.</summary>
    /// <param name="places">At a time.</param>
    public void Configure(int places)
    {
        lock (gate)
        {
            adaptive.Configured = places;
        }
    }

    public int InFlight
    {
        get
        {
            lock (gate)
            {
                return inFlight;
            }
        }
    }

    /// <summary>Null where calls are not limited.</summary>
    public int? Limit
    {
        get
        {
            lock (gate)
            {
                return rules.IsOn ? server.Allowed(adaptive.Now, JobPriority.High, inFlight) : null;
            }
        }
    }

    /// <summary>What keeps the limit below the configured one; null where nothing does.</summary>
    public string? LimitedBy
    {
        get
        {
            lock (gate)
            {
                return !rules.IsOn ? null
                    : server.Allowed(adaptive.Now, JobPriority.High, inFlight) < adaptive.Now ? "server"
                    : adaptive.Now < adaptive.Configured ? "refusals"
                    : null;
            }
        }
    }

    /// <summary>How many more calls for jobs of a priority may begin.</summary>
    /// <param name="fewer">So many of those under way will have been aborted before.</param>
    public int Room(JobPriority priority, int fewer = 0)
    {
        lock (gate)
        {
            var left = Math.Max(0, inFlight - fewer);
            return rules.IsOn ? Math.Max(0, server.Allowed(adaptive.Now, priority, left) - left) : int.MaxValue;
        }
    }

    public bool TryTake(JobPriority priority)
    {
        lock (gate)
        {
            if (rules.IsOn && inFlight >= server.Allowed(adaptive.Now, priority, inFlight))
            {
                return false;
            }
            inFlight++;
        }
        return true;
    }

    public void Return()
    {
        lock (gate)
        {
            inFlight--;
        }
        if (signal.IsWatched)
        {
            signal.Raise();
        }
    }

    /// <summary>A call was refused as too many, or not answered in time. Before its place is returned.</summary>
    public void Refused(long begunAt)
    {
        lock (gate)
        {
            adaptive.Refused(begunAt, inFlight);
        }
        Tell();
    }

    /// <summary>The first token of an answer that came in pieces took so long. Before its place is returned.</summary>
    public void Answered(TimeSpan toFirstToken, long promptTokens)
    {
        lock (gate)
        {
            // A server that says how busy it is need not be guessed at.
            if (!server.IsKnown)
            {
                adaptive.Answered(toFirstToken, promptTokens, inFlight >= rules.Share(adaptive.Now, JobPriority.Low));
            }
        }
        Tell();
    }

    public void Observe(ServerGauges now)
    {
        lock (gate)
        {
            server.Read(now, inFlight);
        }
        Tell();
    }

    /// <summary>Tells those who wait where more or fewer priorities have a place than when it last told. Also to be called from time to time: limits rise,
    /// and what a server said grows old.</summary>
    public void Tell()
    {
        bool isOther;
        lock (gate)
        {
            JobPriority? lowest = null;
            foreach (var priority in ByUrgency)
            {
                lowest = !rules.IsOn || inFlight < server.Allowed(adaptive.Now, priority, inFlight) ? priority : lowest;
            }
            isOther = lowest != lowestOpen;
            lowestOpen = lowest;
        }
        if (isOther)
        {
            signal.Raise();
        }
    }
}
