using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>Our adds and drains with an empty store, and with ten million finished jobs in it. What finished is written by statements of this
/// bench, as it would take an hour to run them all.</summary>
sealed class History : IWorkload
{
    const int Chunk = 500_000;

    public const string FreshAdd = "fresh single ×32";
    public const string FullAdd = "single ×32 after";
    public const string FreshDrain = "fresh drain";
    public const string FullDrain = "drain after";

    public string Name => "history";

    public int MostRounds => 1;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await round.EndAsync(SystemUnderTest.Jobs);
        var session = await round.SessionAsync(SystemUnderTest.Jobs, ct);
        await Backlog.StepsAsync(round, session, Tables.History, FreshAdd, FreshDrain, rest: false, ct);
        for (var finished = 0; finished < round.Sizes.Finished; finished += Chunk)
        {
            Progress.Say($"  {finished:#,0} of {round.Sizes.Finished:#,0} finished jobs …");
            await round.Servers.AddFinishedAsync(session.Database, finished, Math.Min(Chunk, round.Sizes.Finished - finished), ct);
        }
        await round.Servers.CheckpointAsync(ct);
        await Backlog.StepsAsync(round, session, Tables.History, FullAdd, FullDrain, rest: false, ct);
        await round.EndAsync(SystemUnderTest.Jobs);
    }
}
