using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>From the call that adds a job to the start of its handler, with jobs that come when they come (open loop, random gaps). A sender that falls behind counts its jobs from when it should have sent them.</summary>
sealed class Pickup : IWorkload
{
    static readonly int[] FastRates = [50, 300];

    public string Name => "pickup";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        // At one a second everything is idle nearly all of the time: all systems wait together, each with gaps of its own.
        var slow = new List<(SystemUnderTest System, Task<Answer> Answer)>();
        foreach (var (i, system) in round.Systems.Index())
        {
            var session = await round.SessionAsync(system, ct);
            slow.Add((system, session.AskAsync(Command(1, round.Sizes.SlowPickup, round.Number * 100 + i), ct)));
        }
        await Task.WhenAll(slow.Select(entry => entry.Answer));
        foreach (var (system, answer) in slow)
        {
            round.NoteLatency(Tables.Pickup, "1/s ", system, (await answer).Samples!);
        }
        foreach (var rate in FastRates)
        {
            foreach (var system in round.Systems)
            {
                var session = await round.SessionAsync(system, ct);
                var (answer, _) = await round.MeasureAsync(session, Command(rate, round.Sizes.FastPickup, round.Number * 100), ct);
                round.NoteLatency(Tables.Pickup, $"{rate}/s ", system, answer.Samples!);
            }
        }
    }

    static Command Command(int rate, TimeSpan time, int seed) =>
        new("pickup", Slots: Session.Slots, At: Arrivals.At(rate, time, seed));
}
