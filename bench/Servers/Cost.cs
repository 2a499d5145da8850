namespace AiPlatform.Bench.Servers;

/// <summary>Processor time by process, and write-ahead log; totals, or the difference of two.</summary>
/// <param name="Client">The process that adds and runs jobs.</param>
/// <param name="Server">The API, where calls go through one.</param>
/// <param name="Postgres">All its processes; null where they cannot be seen, as in a container.</param>
readonly record struct Cost(TimeSpan Client, TimeSpan Server, TimeSpan? Postgres, TimeSpan Redis, long WalBytes)
{
    public static Cost operator -(Cost after, Cost before) => new(
        after.Client - before.Client, after.Server - before.Server, after.Postgres - before.Postgres, after.Redis - before.Redis,
        after.WalBytes - before.WalBytes);
}
