using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>Statistics of an empty queue over HTTP, and of one with a million jobs that wait and ten million finished ones.</summary>
sealed class Statistics : IWorkload
{
    const int FillSize = 1_000;
    const int Chunk = 500_000;

    public const string Fresh = "fresh ";
    public const string Full = "full ";

    public string Name => "stats";

    public int MostRounds => 1;

    public bool IsOnlyByName => true;

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        await round.EndAsync(SystemUnderTest.Http);
        var session = await round.SessionAsync(SystemUnderTest.Http, ct);
        await ReadAsync(round, session, Fresh, ct);
        Progress.Say($"  adding {round.Sizes.Backlog:#,0} jobs …");
        await session.AskAsync(new Command("bulk", round.Sizes.Backlog, Size: FillSize), ct);
        for (var finished = 0; finished < round.Sizes.Finished; finished += Chunk)
        {
            Progress.Say($"  {finished:#,0} of {round.Sizes.Finished:#,0} finished jobs …");
            await round.Servers.AddFinishedAsync(session.Database, finished, Math.Min(Chunk, round.Sizes.Finished - finished), ct);
        }
        await round.Servers.CheckpointAsync(ct);
        await ReadAsync(round, session, Full, ct);
        await round.EndAsync(SystemUnderTest.Http);
    }

    static async Task ReadAsync(Round round, Session session, string state, CancellationToken ct)
    {
        var (answer, _) = await round.MeasureAsync(session, new Command("stats", round.Sizes.StatsReads), ct);
        round.NoteLatency(Tables.Statistics, state, session.System, answer.Samples!);
    }
}
