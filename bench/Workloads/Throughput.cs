using AiPlatform.Bench.Servers;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>Jobs are added one by one, 32 at a time and in bulk; then all of them are drained by 32 handlers that do nothing.</summary>
sealed class Throughput : IWorkload
{
    /// <summary>Over HTTP every result is a request: a smaller drain shows the same in less time.</summary>
    const int HttpPart = 5;

    public string Name => "throughput";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var (metric, command) in Steps(round.Sizes))
        {
            foreach (var system in round.Systems)
            {
                var session = await round.SessionAsync(system, ct);
                var jobs = command.Do is "bulk" or "drain" && system.Level == "http" ? command.Count / HttpPart : command.Count;
                if (command.Do == "drain" && system.Level == "http")
                {
                    jobs = round.Sizes.OneByOne + round.Sizes.Parallel + BulkCount(round.Sizes) / HttpPart;
                }
                var (answer, cost) = await round.MeasureAsync(session, command with { Count = jobs }, ct);
                round.Note(Tables.Throughput, metric, system, jobs / answer.Ms * 1_000);
                NoteCost(round, metric, system, jobs, cost);
            }
        }
    }

    static int BulkCount(Sizes sizes) => sizes.Total - sizes.OneByOne - sizes.Parallel;

    static IEnumerable<(string Metric, Command Command)> Steps(Sizes sizes) =>
    [
        (Tables.OneByOne, new Command("add", sizes.OneByOne)),
        (Tables.Parallel, new Command("add", sizes.Parallel, Parallel: Session.Slots)),
        (Tables.Bulk, new Command("bulk", BulkCount(sizes))),
        (Tables.Drain, new Command("drain", sizes.Total, Slots: Session.Slots)),
    ];

    static void NoteCost(Round round, string metric, SystemUnderTest system, int jobs, Cost cost)
    {
        if (system.UsesPostgres)
        {
            round.Results.Add(Tables.Wal, metric, system.Name, (double)cost.WalBytes / jobs);
        }
        var table = metric switch
        {
            Tables.Parallel => Tables.AddCost,
            Tables.Bulk => Tables.BulkCost,
            Tables.Drain => Tables.DrainCost,
            _ => null,
        };
        if (table is null)
        {
            return;
        }
        void Add(string process, TimeSpan time) => round.Results.Add(table, process, system.Name, time.TotalSeconds / jobs * 1_000);
        Add("client", cost.Client);
        if (system.Level == "http")
        {
            Add("API", cost.Server);
        }
        if (cost.Postgres is { } postgres)
        {
            Add("Postgres", postgres);
        }
        Add("Redis", cost.Redis);
    }
}
