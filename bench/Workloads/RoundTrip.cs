using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>A caller adds a job and waits for its result, one after the other. Only where the system lets a caller wait.</summary>
sealed class RoundTrip : IWorkload
{
    public string Name => "round-trip";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var system in round.Systems)
        {
            var session = await round.SessionAsync(system, ct);
            if (!session.Hello.RoundTrip)
            {
                continue;
            }
            var (answer, _) = await round.MeasureAsync(session, new Command("round-trip", round.Sizes.RoundTrips, Slots: Session.Slots), ct);
            round.NoteLatency(Tables.RoundTrip, "", system, answer.Samples!);
        }
    }
}
