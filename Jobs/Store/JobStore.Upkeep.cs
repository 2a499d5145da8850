using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Reading a whole day before it is dropped takes as long as it takes.</summary>
    static readonly TimeSpan WholeDay = TimeSpan.FromMinutes(10);

    /// <summary>Makes the partitions of today and of the days ahead; answers how many days were missing.</summary>
    /// <exception cref="PostgresException">55P03: a long transaction holds the tables.</exception>
    public async Task<int> MakeDaysAsync(int daysAhead, CancellationToken ct) =>
        (await database.QueryAsync(new Statement("make_days").With(daysAhead), row => row.GetInt32(0), ct))[0];

    /// <summary>Drops the partitions of days that are out of retention; answers how many days.</summary>
    /// <exception cref="PostgresException">55P03: a long transaction holds the tables.</exception>
    public async Task<int> DropDaysAsync(CancellationToken ct)
    {
        var dropped = 0;
        var retention = options.Value.Retention;
        foreach (var day in await database.QueryAsync(
            new Statement("old_days").With(retention, NpgsqlDbType.Interval), row => row.GetFieldValue<DateOnly>(0), ct))
        {
            var drop = new Statement("drop_day").With(day).With(retention, NpgsqlDbType.Interval).Within(WholeDay);
            dropped += (await database.QueryAsync(drop, row => row.GetBoolean(0), ct))[0] ? 1 : 0;
        }
        return dropped;
    }

    /// <summary>Removes one batch of what no partition takes with it; answers how many jobs and callbacks.</summary>
    public async Task<(long Jobs, long Callbacks)> DeleteFromRestAsync(int limit, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("delete_from_rest").With(limit).With(options.Value.Retention, NpgsqlDbType.Interval),
            row => (row.GetInt64(0), row.GetInt64(1)), ct);
        return rows[0];
    }

    /// <summary>Folds notes of changes into the tallies; answers how many.</summary>
    public async Task<long> FoldTalliesAsync(int limit, CancellationToken ct) =>
        (await database.QueryAsync(new Statement("fold_tallies").With(limit), row => row.GetInt64(0), ct))[0];

    public Task DeleteEmptyTalliesAsync(CancellationToken ct) => database.ExecuteAsync(new Statement("delete_empty_tallies"), ct);

    /// <summary>Removes one batch of what has outlived its own time; answers how many jobs, keys and worker reports.</summary>
    public async Task<(long Jobs, long Keys, long Workers)> DeleteExpiredAsync(int limit, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("delete_expired").With(limit), row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ct);
        return rows[0];
    }
}
