namespace AiPlatform.Bench.Workloads;

/// <summary>Titles of the tables of the report, by which goals and chart find their numbers; each says its unit.</summary>
static class Tables
{
    public const string Throughput = "Throughput, jobs/s";
    public const string Wal = "Write-ahead log, bytes per job";
    public const string AddCost = "CPU seconds per 1,000 jobs, single adds ×32";
    public const string BulkCost = "CPU seconds per 1,000 jobs, bulk adds";
    public const string DrainCost = "CPU seconds per 1,000 jobs, drain";
    public const string Pickup = "Pickup latency, ms";
    public const string RoundTrip = "Submit to result, one at a time, ms";
    public const string Order = "Three priorities: order and throughput";
    public const string Noisy = "A noisy caller: pickup latency of another one's high jobs, ms";
    public const string Fair = "A flood of one owner at the priority of all: how long others' jobs wait, ms";
    public const string Http = "HTTP single submit ×64, requests/s";
    public const string Backlog = "With a backlog, jobs/s";
    public const string History = "With finished jobs, jobs/s";
    public const string Statistics = "GET /api/v1/stats, ms";
    public const string Telemetry = "With full telemetry, jobs/s";
    public const string Snapshot = "With a held snapshot, jobs/s";
    public const string Gateway = "Chats through a gateway, ms and requests/s";
    public const string Streams = "Streams through a gateway: tokens on their way, ms";
    public const string Overload = "Ten times as much low work as the model can do: first token of a high chat, ms";
    public const string Speech = "Segments of synthesized calls: times and speakers";
    public const string Audio = "Decoding and analysis of a recording";
    public const string Soak = "Memory under mixed chats";
    public const string Crowd = "2,000 long polls and 500 event streams on one API, ms and MiB";

    public const string OneByOne = "single, one by one";
    public const string Parallel = "single ×32";
    public const string Bulk = "bulk of 500";
    public const string Drain = "drain ×32";
}
