using AiPlatform.Jobs.Batching;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Leases those of the jobs that may still start.</summary>
    public Task<List<ClaimRow>> ClaimAsync(IReadOnlyList<TakenJobs> claims, CancellationToken ct)
    {
        // By id, as every statement that waits for many rows takes them.
        var taken = claims.SelectMany(claim => claim.Ids.Select(id => (Id: id, claim.WorkerId, claim.Lease))).OrderBy(job => job.Id).ToArray();
        return database.QueryAsync(
            new Statement("claim_jobs").Pinned()
                .With(taken.Select(job => job.Id).ToArray())
                .With(taken.Select(job => job.WorkerId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(taken.Select(job => job.Lease).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Interval),
            JobRows.ReadClaim, ct);
    }

    /// <summary>Leases the next jobs of the lanes, found without the index.</summary>
    /// <param name="waited">Only jobs that could have started this long ago.</param>
    public Task<List<ClaimRow>> ClaimInOrderAsync(
        LaneBound[] lanes, string workerId, TimeSpan lease, int limit, TimeSpan waited, CancellationToken ct) =>
        database.QueryAsync(
            new Statement("claim_in_order").Pinned().With(lanes.Select(lane => lane.Lane).ToArray()).With(workerId)
                .With(lease, NpgsqlDbType.Interval).With(limit).With(lanes.Select(lane => lane.Below).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint)
                .With(waited, NpgsqlDbType.Interval),
            JobRows.ReadClaim, ct);

    /// <summary>The leases that are still held; a fence that is missing is stale.</summary>
    public async Task<Dictionary<JobFence, RenewedLease>> RenewAsync(IReadOnlyList<Renewal> renewals, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("renew_leases").Pinned()
                .With(renewals.Select(renewal => renewal.Fence.Id).ToArray())
                .With(renewals.Select(renewal => renewal.Fence.LeaseToken).ToArray())
                .With(renewals.Select(renewal => renewal.Lease).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Interval)
                .With(renewals.Select(renewal => renewal.Progress?.GetRawText()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Json),
            row => KeyValuePair.Create(
                new JobFence(row.GetGuid(0), row.GetGuid(1)), new RenewedLease(row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3))), ct);
        return new Dictionary<JobFence, RenewedLease>(rows);
    }

    /// <summary>Gives running jobs back to their place in the line; answers which.</summary>
    /// <param name="preempted">For a job of higher priority: it is counted.</param>
    /// <param name="pause">Before they may start again.</param>
    public Task<List<Guid>> ReleaseAsync(IReadOnlyList<JobFence> fences, bool preempted, TimeSpan pause, CancellationToken ct) =>
        database.QueryAsync(
            new Statement("release_jobs").Pinned()
                .With(fences.Select(fence => fence.Id).ToArray())
                .With(fences.Select(fence => fence.LeaseToken).ToArray())
                .With(preempted)
                .With(pause, NpgsqlDbType.Interval),
            row => row.GetGuid(0), ct);
}

/// <param name="Until">Its new end.</param>
/// <param name="StartedAt">Its beginning.</param>
readonly record struct RenewedLease(DateTimeOffset Until, DateTimeOffset StartedAt);
