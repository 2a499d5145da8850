using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Status;

/// <summary>What the live workers last said, read at most every two seconds: each chat asks, and workers report every ten.</summary>
sealed class LiveWorkers(WorkerDirectory directory, TimeProvider time)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    // Replaced as a whole; two callers that find it old at once read twice, which does no harm.
    volatile Reading? _last;

    public async Task<IReadOnlyList<WorkerReport>> ListAsync(CancellationToken cancellationToken)
    {
        if (_last is { } last && time.GetElapsedTime(last.At) < Fresh)
            return last.Workers;
        var reading = new Reading(time.GetTimestamp(), await directory.ListAsync(cancellationToken));
        _last = reading;
        return reading.Workers;
    }

    sealed record Reading(long At, IReadOnlyList<WorkerReport> Workers);
}
