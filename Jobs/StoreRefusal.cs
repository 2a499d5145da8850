using Npgsql;

namespace AiPlatform.Jobs;

/// <summary>Tells what the store can never hold from failures that may pass.</summary>
public static class StoreRefusal
{
    /// <summary>Whether Postgres refused the data itself: a value that is none there (class 22), a rule that it breaks (23).</summary>
    public static bool Is(Exception failure) => failure is PostgresException { SqlState: ['2', '2' or '3', ..] };
}
