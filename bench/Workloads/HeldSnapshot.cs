using System.Diagnostics;
using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>Jobs are added and drained in turns, first alone, then while another transaction holds an old snapshot: dead rows then stay, and
/// what walks them gets slower and slower.</summary>
sealed class HeldSnapshot : IWorkload
{
    public const string Fresh = "fresh";
    public const string FirstHalf = "held, first half";
    public const string SecondHalf = "held, second half";

    static readonly SystemUnderTest[] Measured =
        [SystemUnderTest.Jobs, SystemUnderTest.Graphile, SystemUnderTest.GraphileBatched, SystemUnderTest.PgBoss];

    public string Name => "snapshot";

    public int MostRounds => 1;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var system in Measured.Intersect(round.Systems))
        {
            await round.EndAsync(system);
            var session = await round.SessionAsync(system, ct);
            await PhaseAsync(round, session, Fresh, ct);
            await using (await round.Servers.HoldSnapshotAsync(session.Database, ct))
            {
                await PhaseAsync(round, session, FirstHalf, ct);
                await PhaseAsync(round, session, SecondHalf, ct);
            }
            await round.EndAsync(system);
        }
    }

    /// <summary>Every cycle is a value: added and drained jobs over the time of both.</summary>
    static async Task PhaseAsync(Round round, Session session, string phase, CancellationToken ct)
    {
        var count = round.Sizes.SnapshotCycle;
        var start = Stopwatch.GetTimestamp();
        do
        {
            var (added, _) = await round.MeasureAsync(session, new Command("bulk", count), ct);
            var (drained, _) = await round.MeasureAsync(session, new Command("drain", count, Slots: Session.Slots), ct);
            round.Results.Add(Tables.Snapshot, phase, session.System.Name, count / (added.Ms + drained.Ms) * 1_000);
        }
        while (Stopwatch.GetElapsedTime(start) < round.Sizes.SnapshotPhase);
        Progress.Say($"  {session.System.Name,-24} {phase,-28} {Numbers.Text(round.Results.Value(Tables.Snapshot, phase, session.System.Name) ?? 0)}");
    }
}
