using AiPlatform.Bench.Systems;

namespace AiPlatform.Bench.Workloads;

/// <summary>Single submits by 64 callers, beside a route of the same host that reads, checks and answers the same job and stores nothing.</summary>
sealed class HttpSubmit : IWorkload
{
    const int Callers = 64;

    public const string Requests = "requests/s";

    public string Name => "http";

    public async Task RunAsync(Round round, CancellationToken ct)
    {
        foreach (var system in (SystemUnderTest[])[SystemUnderTest.Http, SystemUnderTest.HttpParse])
        {
            var session = await round.SessionAsync(system, ct);
            var calls = round.Sizes.HttpCalls;
            var (answer, _) = await round.MeasureAsync(session, new Command("add", calls, Parallel: Callers), ct);
            round.Note(Tables.Http, Requests, system, calls / answer.Ms * 1_000);
        }
        await round.EndAsync(SystemUnderTest.Http);
        await round.EndAsync(SystemUnderTest.HttpParse);
    }
}
