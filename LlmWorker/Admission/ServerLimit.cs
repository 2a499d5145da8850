using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>
/// How many calls at a time a server runs, as far as its own readings tell: those we had there less those that waited there. One more for each reading
/// without any that wait while low jobs had all the places they may have: a server may have become faster.
/// </summary>
/// <remarks>Not safe for several threads.</remarks>
sealed class ServerLimit(AdmissionRules rules, TimeProvider time)
{
    /// <summary>What a server said longer ago than this says nothing of now.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    /// <summary>So many may wait at the server. Low jobs wait here as soon as one waits there.</summary>
    const int MostWaiting = 2;

    /// <summary>A fuller KV cache makes the server abort what it has begun. Low jobs leave the rest of it to others earlier.</summary>
    const double MostKvUsage = 0.9;
    const double MostKvUsageOfLow = 0.8;

    ServerGauges? gauges;
    long readAt;
    int? runs;

    /// <param name="inFlight">Our calls there.</param>
    public void Read(ServerGauges now, int inFlight)
    {
        (gauges, readAt) = (now, time.GetTimestamp());
        if (now.Waiting > 0)
        {
            runs = (int)Math.Max(1, inFlight - now.Waiting);
        }
        else if (runs is { } known && inFlight >= rules.Share(known, JobPriority.Low))
        {
            runs = known + 1;
        }
    }

    /// <summary>Whether it said lately how busy it is.</summary>
    public bool IsKnown => Said is not null;

    /// <summary>Whether it has too much to do for another call of a job of this priority.</summary>
    public bool Stops(JobPriority priority) => Said is { } said && (priority == JobPriority.Low
        ? said.Waiting > 0 || said.KvUsage > MostKvUsageOfLow
        : said.Waiting > MostWaiting || said.KvUsage > MostKvUsage);

    /// <summary>The calls at a time that jobs of a priority may have there.</summary>
    /// <param name="most">As far as others know.</param>
    /// <param name="inFlight">A server that has too much to do gets no more than it has. One that others keep busy still gets one: nothing else would
    /// tell when it has time.</param>
    public int Allowed(int most, JobPriority priority, int inFlight)
    {
        if (Said is null)
        {
            return rules.Share(most, priority);
        }
        var running = Math.Min(most, runs ?? most);
        var allowed = Math.Min(most, rules.Share(running, priority) + (priority == JobPriority.Low || runs is null ? 0 : MostWaiting));
        return Stops(priority) ? Math.Max(1, Math.Min(allowed, inFlight)) : allowed;
    }

    ServerGauges? Said => gauges is not null && time.GetElapsedTime(readAt) <= Fresh ? gauges : null;
}
