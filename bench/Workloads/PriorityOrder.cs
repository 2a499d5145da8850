using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>Low, normal and high jobs are added in turns and then drained: does each start in its turn, and what does the order cost?</summary>
sealed class PriorityOrder : IWorkload
{
    const int Levels = 3;

    public string Name => "priority";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        var count = round.Sizes.Mixed;
        foreach (var system in round.Systems)
        {
            var session = await round.SessionAsync(system, ct);
            await session.AskAsync(new Command("bulk", count, Mix: true), ct);
            var (answer, _) = await round.MeasureAsync(session, new Command("drain", count, Slots: Session.Slots, Order: true), ct);
            round.Note(Tables.Order, "% out of turn", system, 100.0 * OutOfTurn(answer.Order!) / count);
            round.Note(Tables.Order, "jobs/s", system, count / answer.Ms * 1_000);
        }
    }

    /// <summary>Jobs that started further from their turn than the handlers that run at a time explain.</summary>
    static int OutOfTurn(int[] started)
    {
        // The levels come in turns from low to high: a job's number says its level.
        var turns = started.Order().OrderByDescending(n => n % Levels).Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return started.Index().Count(entry => Math.Abs(turns[entry.Item] - entry.Index) > Session.Slots);
    }
}
