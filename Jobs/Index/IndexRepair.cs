using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Index;

/// <summary>Makes the index say of some jobs what Postgres says, and ends what has outlived its lease or deadline. Every doubt about an
/// entry is settled here: a claim that was never made, a push that was lost, a delay that is over, an entry of a finished job.</summary>
sealed class IndexRepair(JobStore store, ReadyIndex index, JobBell bell, JobsTelemetry telemetry, OutcomeLog outcomes)
{
    /// <summary>Looks the jobs up and settles them. Throws <see cref="StoreUnavailableException"/>; a Redis that is away is waited out by the
    /// next run.</summary>
    public async Task<Repaired> RepairAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return default;
        }
        var rows = await store.OpenAsync(ids, ct);
        var waited = rows.Count(row => !row.Running);
        var rescued = await RescueAsync([.. rows.Where(row => row.LeaseExpired).Select(row => row.Id)], ct);
        var expired = await ExpireAsync([.. rows.Where(row => row.Overdue && !row.Running).Select(row => row.Id)], ct);
        if (rescued + expired > 0)
        {
            rows = await store.OpenAsync(ids, ct);
        }

        await index.RepairAsync([.. rows.Where(row => !row.Running)]);
        await index.HoldAsync([.. rows.Where(row => row.Running).Select(row => (row.Id, row.Lane, row.Owner))]);
        var open = rows.Select(row => row.Id).ToHashSet();
        await index.ForgetAsync([.. ids.Where(id => !open.Contains(id))]);
        return new Repaired(rescued, expired, waited);
    }

    async Task<int> RescueAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return 0;
        }
        var rescued = await store.RescueAsync(ids, ct);
        foreach (var job in rescued)
        {
            telemetry.LeaseExpired();
            await bell.RingStoppedAsync(job.Id);
            if (!job.Flag)
            {
                await bell.RingJobAsync(job.Id);
            }
        }
        await index.FinishFailedAsync([.. rescued.Where(job => job.Flag).Select(job => (job.Id, job.Lane))]);
        await outcomes.LostAsync(rescued, ct);
        return rescued.Count;
    }

    async Task<int> ExpireAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return 0;
        }
        var expired = await store.ExpireAsync(ids, ct);
        await index.FinishFailedAsync([.. expired.Select(job => (job.Id, job.Lane))]);
        await outcomes.ExpiredAsync(expired, ct);
        return expired.Count;
    }
}

/// <param name="Rescued">Jobs taken back from workers that stopped renewing.</param>
/// <param name="Expired">Jobs failed because their deadline had passed.</param>
/// <param name="Waited">Jobs that were pending when they were looked up.</param>
readonly record struct Repaired(int Rescued, int Expired, int Waited)
{
    /// <summary>Jobs that do not stand where they stood; those whose deadline had passed were pending.</summary>
    public int Changed => Rescued + Waited;
}
