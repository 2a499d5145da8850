using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Makes partitions ahead of time and drops those out of retention; answers how many days of each.</summary>
    public async Task<(int Made, int Dropped)> KeepPartitionsAsync(int daysAhead, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("keep_partitions").With(daysAhead).With(options.Value.Retention, NpgsqlDbType.Interval),
            row => (row.GetInt32(0), row.GetInt32(1)), ct);
        return rows[0];
    }

    /// <summary>Removes one batch of what has outlived its own time; answers how many jobs, keys and worker reports.</summary>
    public async Task<(long Jobs, long Keys, long Workers)> DeleteExpiredAsync(int limit, CancellationToken ct)
    {
        var rows = await database.QueryAsync(
            new Statement("delete_expired").With(limit), row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), ct);
        return rows[0];
    }
}
