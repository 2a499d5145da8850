using System.Globalization;
using AiPlatform.Contracts;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>What the index has to say of shares.</summary>
    public Task<SharesSaid> SharesSaidAsync(CancellationToken ct) => TellSharesAsync(Task.FromResult, alone: false, ct);

    /// <summary>Tells it to somebody before anybody else, in any process, reads it here to tell it.</summary>
    public Task<bool> TellSharesAsync(Func<SharesSaid, Task<bool>> tell, CancellationToken ct) => TellSharesAsync(tell, alone: true, ct);

    Task<T> TellSharesAsync<T>(Func<SharesSaid, Task<T>> tell, bool alone, CancellationToken ct) => database.TransactAsync(async connection =>
    {
        if (alone)
        {
            await Database.QueryAsync(connection, new Statement("lock_shares"), _ => true, ct);
        }
        var fair = await Database.QueryAsync(connection, new Statement("fair_lanes"), row => (Everything: row.GetBoolean(0), Lanes: row.GetFieldValue<int[]>(1)), ct);
        var owners = await Database.QueryAsync(
            connection, new Statement("owner_limits"), row => new OwnerLimit(row.GetInt32(0), row.GetDouble(1), row.IsDBNull(2) ? null : row.GetInt32(2)), ct);
        return (true, await tell(new SharesSaid(fair[0].Everything, fair[0].Lanes, owners)));
    }, ct);

    public async Task<QueueShares> SharesAsync(CancellationToken ct) => new()
    {
        Fair = await database.QueryAsync(
            new Statement("list_fair_lanes"), row => new FairScope(row.GetString(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)), ct),
        Owners = await database.QueryAsync(
            new Statement("list_shares"), row => new OwnerShare(row.GetString(0), row.GetDouble(1), row.IsDBNull(2) ? null : row.GetInt32(2)), ct),
    };

    /// <param name="actor">Who does it, as of every change here; it is noted with it.</param>
    public Task SetFairAsync(LaneKey scope, string actor, CancellationToken ct) =>
        SwitchAsync(new Statement("set_fair").With(scope.TaskType).With(scope.ModelProfile), "queue.fair", Target(scope), actor, ct);

    /// <summary>Ends the turns of the scope and of all inside it.</summary>
    public Task EndFairAsync(LaneKey scope, string actor, CancellationToken ct) =>
        SwitchAsync(new Statement("end_fair").With(scope.TaskType).With(scope.ModelProfile), "queue.unfair", Target(scope), actor, ct);

    public async Task SetShareAsync(OwnerShare share, string actor, CancellationToken ct)
    {
        // The index knows owners by their ids: one that is known before its first job is limited from that on.
        await ownersKnown.EnsureAsync([share.OwnerService], ct);
        await SwitchAsync(
            new Statement("set_share").With(share.OwnerService).With(share.Weight).WithNullable(share.MostRunning, NpgsqlDbType.Integer),
            "share.set", share.OwnerService, actor, ct,
            string.Create(CultureInfo.InvariantCulture, $$"""{"weight":{{share.Weight}},"most_running":{{share.MostRunning?.ToString(CultureInfo.InvariantCulture) ?? "null"}}}"""));
    }

    /// <summary>Answers whether anything was said of the owner.</summary>
    public async Task<bool> DeleteShareAsync(string owner, string actor, CancellationToken ct) =>
        await SwitchAsync(new Statement("delete_share").With(owner), "share.delete", owner, actor, ct, onlyIfChanged: true) > 0;
}

/// <param name="Everything">Also lanes that do not exist yet are fair.</param>
/// <param name="Fair">Every lane that is fair.</param>
/// <param name="Owners">Those that are not as all others, by id.</param>
sealed record SharesSaid(bool Everything, int[] Fair, IReadOnlyList<OwnerLimit> Owners)
{
    /// <summary>Of a limited owner any lane may have jobs: then all are split.</summary>
    public bool HasLimits => Owners.Any(owner => owner.MostRunning is not null);

    public bool IsNothing => !Everything && Fair.Length == 0 && !HasLimits;
}

readonly record struct OwnerLimit(int Owner, double Weight, int? MostRunning);
