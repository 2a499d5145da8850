using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>The same adds and drains with an empty queue, and with a million jobs that wait.</summary>
sealed class Backlog : IWorkload
{
    const int Steps = 3;
    const int FillSize = 1_000;

    public const string FreshAdd = "fresh single ×32";
    public const string FullAdd = "full single ×32";
    public const string FreshDrain = "fresh drain";
    public const string FullDrain = "full drain";

    static readonly SystemUnderTest[] Measured =
        [SystemUnderTest.Jobs, SystemUnderTest.BullMq, SystemUnderTest.GraphileBatched, SystemUnderTest.PgBoss];

    public string Name => "backlog";

    public int MostRounds => 1;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var system in Measured.Intersect(round.Systems))
        {
            await round.EndAsync(system);
            var session = await round.SessionAsync(system, ct);
            await StepsAsync(round, session, Tables.Backlog, FreshAdd, FreshDrain, rest: false, ct);
            Progress.Say($"  {system.Name,-24} adding {round.Sizes.Backlog:#,0} jobs …");
            await session.AskAsync(new Command("bulk", round.Sizes.Backlog, Size: FillSize), ct);
            await round.Servers.CheckpointAsync(ct);
            await StepsAsync(round, session, Tables.Backlog, FullAdd, FullDrain, rest: true, ct);
            await round.EndAsync(system);
        }
    }

    /// <summary>Adds and drains some jobs, in turns.</summary>
    /// <param name="rest">Other jobs wait, and stay.</param>
    public static async Task StepsAsync(
        Round round, Session session, string table, string add, string drain, bool rest, CancellationToken ct)
    {
        var count = round.Sizes.BacklogStep;
        for (var step = 0; step < Steps; step++)
        {
            var (added, _) = await round.MeasureAsync(session, new Command("add", count, Parallel: Session.Slots), ct);
            round.Note(table, add, session.System, count / added.Ms * 1_000);
            var (drained, _) = await round.MeasureAsync(session, new Command("drain", count, Slots: Session.Slots, Rest: rest), ct);
            round.Note(table, drain, session.System, count / drained.Ms * 1_000);
        }
    }
}
