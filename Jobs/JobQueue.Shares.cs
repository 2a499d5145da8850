using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;

namespace AiPlatform.Jobs;

/// <summary>
/// Fair lanes and running limits. They are rows in Postgres; Redis is told, and only there they are obeyed: while claims go by Postgres, for want of Redis
/// or of a complete index, the order is that of submission and limits rest.
/// </summary>
public sealed partial class JobQueue
{
    /// <summary>Entries of a lane a page, while they are put into lines.</summary>
    const int LinePage = 1_000;

    /// <summary>What is said of shares.</summary>
    public Task<QueueShares> SharesAsync(CancellationToken ct) => _store.SharesAsync(ct);

    /// <summary>Has the owners of one priority take turns in the lanes of a scope, or no more in it and in everything inside it. Kept over restarts.</summary>
    /// <param name="actor">Who does it, for the audit; as of every change here.</param>
    public async Task SetFairAsync(QueueScope scope, bool fair, string actor, CancellationToken ct)
    {
        await (fair ? _store.SetFairAsync(Lane(scope), actor, ct) : _store.EndFairAsync(Lane(scope), actor, ct));
        await ShowSharesAsync(ct);
    }

    /// <summary>Says how often an owner has its turn, and how many of its jobs may run.</summary>
    public async Task SetShareAsync(OwnerShare share, string actor, CancellationToken ct)
    {
        await _store.SetShareAsync(share, actor, ct);
        await ShowSharesAsync(ct);
    }

    /// <summary>Makes the owner as all others; false where it is.</summary>
    public async Task<bool> DeleteShareAsync(string owner, string actor, CancellationToken ct)
    {
        var deleted = await _store.DeleteShareAsync(owner, actor, ct);
        await ShowSharesAsync(ct);
        return deleted;
    }

    /// <summary>Makes the index say what the store says of shares; answers whether it said something else.</summary>
    internal async Task<bool> ShowSharesAsync(CancellationToken ct)
    {
        await _lanes.RefreshAsync(ct);
        if (await _index.SaysSharesAsync(await _store.SharesSaidAsync(ct), _lanes.Highest)
            || !await _store.TellSharesAsync(said => _index.ShowSharesAsync(said, _lanes.Highest), ct))
        {
            return false;
        }
        // Jobs that run count from now on and not from their next check.
        if (await _index.TakenAsync(MostTaken) is { } taken)
        {
            var rows = await _store.OpenAsync(taken, ct);
            await _index.CountRunningAsync(rows.Where(row => row.Running));
        }
        return true;
    }

    /// <summary>Puts the jobs of lanes that have become split into the lines of their owners; answers how many lanes. Whatever is pushed meanwhile stands in
    /// its line already, and claims go by the lane as a whole until all do.</summary>
    internal async Task<int> LineUpAsync(CancellationToken ct)
    {
        var mark = $"{Guid.NewGuid():N}";
        var lanes = await _index.BeginLiningAsync(mark);
        foreach (var lane in lanes)
        {
            var (place, more) = (WaitingPlace.Start with { Lane = lane }, true);
            while (more)
            {
                if (await _index.ReadWaitingAsync(place, lane, LinePage) is not { } page
                    || !await _index.LineUpAsync(await _store.OpenAsync([.. page.Select(entry => entry.Id)], ct)))
                {
                    return 0;
                }
                (place, more) = (page.Count > 0 ? page[^1].Place : place, page.Count == LinePage);
            }
        }
        return lanes.Length > 0 && await _index.EndLiningAsync(mark, lanes) ? lanes.Length : 0;
    }
}
