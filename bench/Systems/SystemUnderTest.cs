namespace AiPlatform.Bench.Systems;

/// <summary>A queue that is measured, and what its number stands for.</summary>
/// <param name="Name">Short, as in tables and results.</param>
/// <param name="Program">A file of <c>peers/</c>; null for our own.</param>
/// <param name="Level">Which of our own, as in <see cref="Own"/>; null for a peer.</param>
/// <param name="UsesPostgres">Whether an old snapshot in Postgres can hold it up.</param>
/// <param name="Contract">What has happened when it says that a job is added or done.</param>
sealed record SystemUnderTest(string Name, string? Program, string? Level, bool UsesPostgres, string Contract)
{
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public static readonly SystemUnderTest Jobs = new("Jobs library", null, "jobs", true,
        "added: committed in Postgres. Done: result kept, fenced by lease token, committed before the acknowledgement");

    public static readonly SystemUnderTest Http = new("HTTP API", null, "http", true,
        "as the Jobs library, through the API: single adds by POST /jobs, bulk by POST /jobs/batch, claims of many, results one by one");

    /// <summary>The same host with a route that only parses and answers: single adds only.</summary>
    public static readonly SystemUnderTest HttpParse = new("HTTP, parse only", null, "http-parse", true, "nothing is stored: what the host itself costs");

    /// <summary>With metrics, logs, a span a job and those of every statement, all sent to an OTLP receiver.</summary>
    public static readonly SystemUnderTest JobsObserved = new("Jobs library, observed", null, "jobs-observed", true, "as the Jobs library");

    public static readonly SystemUnderTest BullMq = new("BullMQ", "bullmq.mjs", null, false,
        "added and done: in Redis memory, on disk within a second (AOF everysec): a crash of the server loses up to that. Result kept, fenced by lock token");

    public static readonly SystemUnderTest Graphile = new("graphile-worker", "graphile-worker.mjs", null, true,
        "added: committed in Postgres. Done: row deleted, no result; its event comes before the commit, so the end of a drain is taken from the table");

    public static readonly SystemUnderTest GraphileBatched = new("graphile-worker batched", "graphile-worker.mjs", null, true,
        "as graphile-worker; up to 500 jobs are locked ahead, completions are batched behind the handler")
    {
        Environment = new Dictionary<string, string> { ["BENCH_BATCHED"] = "1" },
    };

    public static readonly SystemUnderTest PgBoss = new("pg-boss", "pg-boss.mjs", null, true,
        "added: committed in Postgres. Done: state kept, committed before the acknowledgement, not fenced");

    /// <summary>In the order of every round.</summary>
    public static IReadOnlyList<SystemUnderTest> All { get; } = [Jobs, BullMq, Graphile, GraphileBatched, PgBoss, Http];
}
