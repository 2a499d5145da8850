using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs;

/// <summary>What stands where, at a cost that follows lanes and owners and not the jobs: counts come from the tallies, ages from the heads of the lanes.</summary>
sealed class QueueSurvey(JobStore store, LaneDirectory lanes, ReadyIndex index)
{
    /// <summary>Jobs of each lane and priority among which the longest wait is looked for. They stand in the order of submission; a retry that has just
    /// become due stands before jobs that have waited longer.</summary>
    const int Head = 100;

    /// <summary>How many jobs stand where.</summary>
    public Task<List<TallyRow>> TalliesAsync(JobScope scope, CancellationToken ct) => store.TalliesAsync(scope, ct);

    /// <summary>What waits, by lane and priority.</summary>
    /// <param name="tallies">Of the same scope.</param>
    public async Task<IReadOnlyList<DepthRow>> DepthAsync(JobScope scope, IReadOnlyList<TallyRow> tallies, CancellationToken ct)
    {
        var waits = (scope.IsAll ? await LongestWaitsAsync(ct) : await store.LongestWaitsAsync(
            scope, [.. tallies.Where(row => row.Status is JobStatus.Pending).Select(row => (row.Lane, row.Priority)).Distinct()], Head, ct)).ToDictionary(row => (row.Lane, row.Priority), row => row.Seconds);
        return [.. tallies.Where(row => row.Status is JobStatus.Pending)
            .GroupBy(row => (row.Lane, row.Priority))
            .Select(group => new DepthRow(
                group.Key.Lane, group.Key.Priority, group.Sum(row => row.Jobs), waits.TryGetValue(group.Key, out var wait) ? wait : null))];
    }

    async Task<List<WaitRow>> LongestWaitsAsync(CancellationToken ct)
    {
        await lanes.RefreshAsync(ct);
        return await index.HeadsAsync(lanes.Highest, Head) is { } heads
            ? await store.LongestWaitsAsync(heads, ct)
            : await store.LongestWaitsAsync(Head, ct);
    }
}

/// <param name="OldestSeconds">How long the longest wait at the head is; null where none of its jobs may start now.</param>
readonly record struct DepthRow(LaneKey Lane, JobPriority Priority, long Jobs, double? OldestSeconds);
