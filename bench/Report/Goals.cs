using AiPlatform.Bench.Systems;
using AiPlatform.Bench.Workloads;

namespace AiPlatform.Bench.Report;

/// <summary>What was set out for, and what the run says of it. Ratios are of medians, or of percentiles of all rounds.</summary>
static class Goals
{
    /// <param name="AtMost">Whether the measured value must stay below the limit, not above it.</param>
    sealed record Goal(string Text, double Limit, bool AtMost, Func<Results, double?> Measured);

    static readonly string Jobs = SystemUnderTest.Jobs.Name;
    static readonly string BullMq = SystemUnderTest.BullMq.Name;
    static readonly string[] PostgresPeers = [SystemUnderTest.Graphile.Name, SystemUnderTest.GraphileBatched.Name, SystemUnderTest.PgBoss.Name];

    static Goal[] All(Sizes sizes) =>
    [
        new("single adds ×32: × BullMQ", 1.2, false, results => Ratio(results, Tables.Throughput, Tables.Parallel, [BullMq])),
        new("single adds ×32: × the best Postgres peer", 8, false, results => Ratio(results, Tables.Throughput, Tables.Parallel, PostgresPeers)),
        new("bulk adds: × BullMQ", 2, false, results => Ratio(results, Tables.Throughput, Tables.Bulk, [BullMq])),
        new("bulk adds: × the best Postgres peer", 1.3, false, results => Ratio(results, Tables.Throughput, Tables.Bulk, PostgresPeers)),
        new("drain: × BullMQ", 3, false, results => Ratio(results, Tables.Throughput, Tables.Drain, [BullMq])),
        new("drain: × graphile-worker batched", 2, false, results => Ratio(results, Tables.Throughput, Tables.Drain, [SystemUnderTest.GraphileBatched.Name])),
        new("pickup at 1/s, p50: × BullMQ", 1.2, true, results => Ratio(results, Tables.Pickup, "1/s p50", [BullMq])),
        new("pickup at 1/s, p99: × BullMQ", 1, true, results => Ratio(results, Tables.Pickup, "1/s p99", [BullMq])),
        new("pickup at 50/s, p50: × BullMQ", 1.2, true, results => Ratio(results, Tables.Pickup, "50/s p50", [BullMq])),
        new("pickup at 50/s, p99: × BullMQ", 1, true, results => Ratio(results, Tables.Pickup, "50/s p99", [BullMq])),
        new("HTTP single submit ×64: × parse only", 0.6, false, results =>
            results.Value(Tables.Http, HttpSubmit.Requests, SystemUnderTest.Http.Name)
            / results.Value(Tables.Http, HttpSubmit.Requests, SystemUnderTest.HttpParse.Name)),
        new($"{ModelPath.Chat} ×1: added p99, ms", 15, true, results => results.Value(Tables.Gateway, GatewayCalls.Added(1, "p99"), ModelPath.Chat)),
        .. Added(1, 1.5), .. Added(10, 2.5),
        new($"{ModelPath.Chat} ×64: added p50, × Portkey's", 1, true, results => TimesPortkey(results, GatewayCalls.Added(64, "p50"), ModelPath.Chat)),
        new($"{ModelPath.OpenAi} ×64: added p50, × Portkey's", 1, true, results => TimesPortkey(results, GatewayCalls.Added(64, "p50"), ModelPath.OpenAi)),
        new($"{ModelPath.Chat} ×64: requests a second, × Portkey", 3, false, results => TimesPortkey(results, GatewayCalls.PerSecond(64), ModelPath.Chat)),
        new($"{ModelPath.OpenAi} ×64: requests a second, × Portkey", 3, false, results => TimesPortkey(results, GatewayCalls.PerSecond(64), ModelPath.OpenAi)),
        new("20 streams: added to each token p50, ms", 1.5, true, results => results.Value(Tables.Streams, GatewayStreams.AddedPerToken(20, "p50"), ModelPath.OpenAi)),
        new("20 streams: added to each token p99, ms", 10, true, results => results.Value(Tables.Streams, GatewayStreams.AddedPerToken(20, "p99"), ModelPath.OpenAi)),
        new("first token of a high chat, 10 × overload by low: × idle", 2, true, results => results.Value(Tables.Overload, Overload.Times, Overload.With)),
        new("one stream: added to the first token, ms", 3, true, results => results.Value(Tables.Streams, GatewayStreams.AddedToFirst(1), ModelPath.OpenAi)),
        .. from process in (string[])["API", "LLM worker", "Redis"]
           select new Goal($"memory of {process}, last quarter ÷ second", 1.1, true, results => results.Value(Tables.Soak, Soak.Growth, process)),
        new("2,000 long polls and 500 event streams: memory of the API, MiB", 500, true, results => results.Value(Tables.Crowd, Crowd.Megabytes, Crowd.Among)),
        .. from route in (string[])[Crowd.Submit, Crowd.Read]
           select new Goal($"2,000 long polls and 500 event streams: {route}p99, × alone", 2, true, results =>
               results.Value(Tables.Crowd, $"{route}p99", Crowd.Among) / results.Value(Tables.Crowd, $"{route}p99", Crowd.Alone)),
        .. from kind in (string[])[SpeechTimes.TwoChannels, SpeechTimes.OneChannel, SpeechTimes.Echo]
           select new Goal($"start of a segment, {kind}: mean error, s", 0.5, true, results => results.Value(Tables.Speech, SpeechTimes.Mean, kind)),
        .. from kind in (string[])[SpeechTimes.TwoChannels, SpeechTimes.OneChannel, SpeechTimes.Echo]
           select new Goal($"start of a segment, {kind}: most, s", 2, true, results => results.Value(Tables.Speech, SpeechTimes.Most, kind)),
        new("words of the right speaker on two channels, %", 100, false, results => results.Value(Tables.Speech, SpeechTimes.Speakers, SpeechTimes.TwoChannels)),
        .. from kind in Audio.Kinds.Select(kind => kind.Name)
           select new Goal($"decoding and analysis, {kind}: × real time, of one core", 200, false, results => results.Value(Tables.Audio, Audio.Speed, kind)),
        .. from kind in Audio.Kinds.Select(kind => kind.Name)
           select new Goal($"decoding and analysis, {kind}: most memory, MiB", 300, true, results => results.Value(Tables.Audio, Audio.Memory, kind)),
        new($"{Numbers.Text(sizes.Backlog)} waiting, {Numbers.Text(sizes.Finished)} finished: statistics p99, ms", 50, true, results =>
            results.Value(Tables.Statistics, $"{Statistics.Full}p99", SystemUnderTest.Http.Name)),
        .. from flood in (string[])[FairShares.Turns, FairShares.UnevenTurns, FairShares.TurnsAndRoom]
           select new Goal($"{flood}: wait of others p50, × of an empty queue", 2, true, results => results.Value(Tables.Fair, FairShares.Times, flood)),
        new("drain with full telemetry, × without", 0.95, false, results =>
            results.Value(Tables.Telemetry, Tables.Drain, SystemUnderTest.JobsObserved.Name) / results.Value(Tables.Telemetry, Tables.Drain, Jobs)),
        new("write-ahead log, bulk and drain, bytes per job", 1_126, true, results =>
            results.Value(Tables.Wal, Tables.Bulk, Jobs) + results.Value(Tables.Wal, Tables.Drain, Jobs)),
        new($"{Numbers.Text(sizes.Backlog)} waiting: single adds ×32, × fresh", 0.8, false, results =>
            results.Value(Tables.Backlog, Backlog.FullAdd, Jobs) / results.Value(Tables.Backlog, Backlog.FreshAdd, Jobs)),
        new($"{Numbers.Text(sizes.Backlog)} waiting: drain, × fresh", 0.8, false, results =>
            results.Value(Tables.Backlog, Backlog.FullDrain, Jobs) / results.Value(Tables.Backlog, Backlog.FreshDrain, Jobs)),
        new($"{Numbers.Text(sizes.Finished)} finished: single adds ×32, × fresh", 0.8, false, results =>
            results.Value(Tables.History, History.FullAdd, Jobs) / results.Value(Tables.History, History.FreshAdd, Jobs)),
        new($"{Numbers.Text(sizes.Finished)} finished: drain, × fresh", 0.8, false, results =>
            results.Value(Tables.History, History.FullDrain, Jobs) / results.Value(Tables.History, History.FreshDrain, Jobs)),
        new($"held snapshot, its second {sizes.SnapshotPhase.TotalSeconds:0} s: × fresh", 0.8, false, results =>
            results.Value(Tables.Snapshot, HeldSnapshot.SecondHalf, Jobs) / results.Value(Tables.Snapshot, HeldSnapshot.Fresh, Jobs)),
    ];

    /// <summary>Those that this run can say something of.</summary>
    public static IEnumerable<(string Text, string Limit, double Measured, bool Met)> Of(Results results) =>
        from goal in All(results.Sizes)
        let measured = goal.Measured(results)
        where measured is not null
        select (goal.Text, $"{(goal.AtMost ? "≤" : "≥")} {Numbers.Text(goal.Limit)}", measured.Value,
            goal.AtMost ? measured.Value <= goal.Limit : measured.Value >= goal.Limit);

    static IEnumerable<Goal> Added(int callers, double limit) =>
        from path in (string[])[ModelPath.Chat, ModelPath.OpenAi]
        select new Goal($"{path} ×{callers}: added p50, ms", limit, true, results => results.Value(Tables.Gateway, GatewayCalls.Added(callers, "p50"), path));

    static double? TimesPortkey(Results results, string metric, string path) =>
        results.Value(Tables.Gateway, metric, path) / results.Value(Tables.Gateway, metric, Portkey.Name);

    /// <summary>Ours by the best of the others.</summary>
    static double? Ratio(Results results, string table, string metric, string[] others)
    {
        var best = others.Select(other => results.Value(table, metric, other)).Max();
        return results.Value(table, metric, Jobs) / best;
    }
}
