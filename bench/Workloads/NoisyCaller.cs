using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>One caller has filled the queue with normal jobs of 20 ms each, and all slots are busy with them; how soon do high jobs of another
/// caller start, who sends 20 a second?</summary>
sealed class NoisyCaller : IWorkload
{
    const int Rate = 20;
    const double BusyMs = 20;

    public string Name => "noisy";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var system in round.Systems)
        {
            var session = await round.SessionAsync(system, ct);
            await session.AskAsync(new Command("bulk", round.Sizes.NoisyBacklog, Level: "normal"), ct);
            var at = Arrivals.At(Rate, round.Sizes.NoisyTime, round.Number);
            var (answer, _) = await round.MeasureAsync(
                session, new Command("pickup", Slots: Session.Slots, Level: "high", At: at, BusyMs: BusyMs), ct);
            round.NoteLatency(Tables.Noisy, "", system, answer.Samples!);
            await round.EndAsync(system);
        }
    }
}
