using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>One owner has filled the queue with jobs of 20 ms, and all slots are busy with them; how long do the jobs of twenty others wait, who send 20 a second at the same
/// priority? In the order of submission, where owners take turns, where the jobs are not all of one length, and where not all slots may be the one owner's; against an empty
/// queue. And how even are the first jobs of eleven owners that all have enough?</summary>
sealed class FairShares : IWorkload
{
    public const string Empty = "empty queue";
    public const string InOrder = "flood, in order of submission";
    public const string Turns = "flood, in turns";
    public const string UnevenTurns = "flood of 10 to 30 ms, in turns";
    public const string TurnsAndRoom = "flood, in turns, and 24 of 32 slots at most";
    public const string Times = "p50, × empty";

    const int Others = 20;
    const int Rate = 20;
    const double BusyMs = 20;

    /// <summary>Jobs of exactly one length end together, are claimed together and so end together again: then slots are freed once in 20 ms, and not one after another.</summary>
    const double Spread = 0.5;

    /// <summary>Slots that jobs of the one owner may hold where they are limited: three of four.</summary>
    const int MostRunning = Session.Slots * 3 / 4;

    /// <summary>Jobs of each of ten owners beside a flood of as many as all of them have, and how many are taken.</summary>
    const int Rivals = 10;
    const int OfEach = 500;
    const int Taken = (Rivals + 1) * 200;

    public string Name => "fair";

    public int MostRounds => 1;

    public bool IsOnlyByName => true;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        var empty = await WaitAsync(round, Empty, flood: 0, fair: false, mostRunning: 0, spread: 0, ct);
        foreach (var (name, fair, mostRunning, spread) in new[] { (InOrder, false, 0, 0), (Turns, true, 0, 0), (UnevenTurns, true, 0, Spread), (TurnsAndRoom, true, MostRunning, 0) })
        {
            var loaded = await WaitAsync(round, name, round.Sizes.Flood, fair, mostRunning, spread, ct);
            round.Results.Add(Tables.Fair, Times, name, loaded / empty);
        }
        foreach (var (name, fair) in new[] { (InOrder, false), (Turns, true) })
        {
            round.Results.Add(Tables.Fair, "Jain's index of eleven owners' first jobs", name, await EvennessAsync(round, fair, ct));
        }
    }

    /// <summary>The median wait of the others.</summary>
    static async Task<double> WaitAsync(Round round, string name, int flood, bool fair, int mostRunning, double spread, CancellationToken ct)
    {
        var session = await BeginAsync(round, fair, mostRunning, ct);
        await session.AskAsync(new Command("bulk", flood), ct);
        var at = Arrivals.At(Rate, round.Sizes.NoisyTime, round.Number);
        var (answer, _) = await round.MeasureAsync(session, new Command("pickup", Slots: Session.Slots, At: at, BusyMs: BusyMs, Spread: spread, Owners: Others), ct);
        foreach (var (metric, share) in new[] { ("p50", 0.5), ("p99", 0.99) })
        {
            round.Results.Add(Tables.Fair, metric, name, Numbers.Percentile(answer.Samples!, share));
        }
        Progress.Say($"  {name,-44} wait of others: p50 {Numbers.Text(Numbers.Percentile(answer.Samples!, 0.5))} ms, worst {Numbers.Text(answer.Samples!.Max())} ms");
        await round.EndAsync(SystemUnderTest.Jobs);
        return Numbers.Percentile(answer.Samples!, 0.5);
    }

    /// <summary>1 where all owners have as many of the first jobs, 1/11 where one has them all.</summary>
    static async Task<double> EvennessAsync(Round round, bool fair, CancellationToken ct)
    {
        var session = await BeginAsync(round, fair, mostRunning: 0, ct);
        await session.AskAsync(new Command("bulk", Rivals * OfEach), ct);
        await session.AskAsync(new Command("bulk", Rivals * OfEach, Owners: Rivals, From: Rivals * OfEach), ct);
        var answer = await session.AskAsync(new Command("drain", Taken, Slots: Session.Slots, Order: true, Rest: true), ct);
        await round.EndAsync(SystemUnderTest.Jobs);
        double[] counts = [.. answer.Order!.CountBy(n => n < Rivals * OfEach ? -1 : n % Rivals).Select(owner => (double)owner.Value)];
        var index = Math.Pow(counts.Sum(), 2) / ((Rivals + 1) * counts.Sum(count => count * count));
        Progress.Say($"  {(fair ? Turns : InOrder),-32} Jain's index {Numbers.Text(index)}");
        return index;
    }

    static async Task<Session> BeginAsync(Round round, bool fair, int mostRunning, CancellationToken ct)
    {
        await round.EndAsync(SystemUnderTest.Jobs);
        var session = await round.SessionAsync(SystemUnderTest.Jobs, ct);
        await session.AskAsync(new Command("shares", Fair: fair, MostRunning: mostRunning), ct);
        return session;
    }
}
