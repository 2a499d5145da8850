using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Index;

/// <summary>Makes the index say of some jobs what Postgres says, and ends what has outlived its lease or deadline. Every doubt about an
/// entry is settled here: a claim that was never made, a push that was lost, a delay that is over, an entry of a finished job.</summary>
sealed class IndexRepair(JobStore store, LaneDirectory lanes, ReadyIndex index, JobBell bell, JobsTelemetry telemetry)
{
    /// <summary>Looks the jobs up and settles them. Throws <see cref="StoreUnavailableException"/>; a Redis that is away is waited out by the next run.</summary>
    public async Task<Repaired> RepairAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return default;
        }
        var rows = await store.OpenAsync(ids, ct);
        var rescued = await RescueAsync([.. rows.Where(row => row.LeaseExpired).Select(row => row.Id)], ct);
        var expired = await ExpireAsync([.. rows.Where(row => row.Overdue && !row.Running).Select(row => row.Id)], ct);
        if (rescued + expired > 0)
        {
            rows = await store.OpenAsync(ids, ct);
        }

        var waiting = rows.Where(row => !row.Running).ToArray();
        await index.RepairAsync(waiting);
        await index.RecheckAsync(rows.Where(row => row.Running).Select(row => row.Id));
        var open = rows.Select(row => row.Id).ToHashSet();
        await index.ForgetAsync([.. ids.Where(id => !open.Contains(id))]);
        return new Repaired(rescued, expired, waiting.Count(row => row.DelayMs == 0));
    }

    async Task<int> RescueAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return 0;
        }
        var rescued = await store.RescueAsync(ids, ct);
        foreach (var (id, lane, quarantined, at) in rescued)
        {
            telemetry.LeaseExpired();
            await bell.RingStoppedAsync(id);
            if (quarantined)
            {
                telemetry.Finished(id, lanes.Find(lane), JobStatus.Failed, ErrorCategories.LeaseLost, at);
                await index.FinishAsync(id, lane);
            }
            else
            {
                await bell.RingJobAsync(id);
            }
        }
        return rescued.Count;
    }

    async Task<int> ExpireAsync(Guid[] ids, CancellationToken ct)
    {
        if (ids.Length == 0)
        {
            return 0;
        }
        var expired = await store.ExpireAsync(ids, ct);
        foreach (var (id, lane, _, at) in expired)
        {
            telemetry.Finished(id, lanes.Find(lane), JobStatus.Failed, ErrorCategories.DeadlineExceeded, at);
            await index.FinishAsync(id, lane);
        }
        return expired.Count;
    }
}

/// <param name="Rescued">Jobs taken back from workers that stopped renewing.</param>
/// <param name="Expired">Jobs failed because their deadline had passed.</param>
/// <param name="Shown">Waiting jobs that stand in the index again.</param>
readonly record struct Repaired(int Rescued, int Expired, int Shown);
