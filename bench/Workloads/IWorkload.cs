namespace AiPlatform.Bench.Workloads;

interface IWorkload
{
    /// <summary>As in <c>./dev bench name</c>.</summary>
    string Name { get; }

    /// <summary>Rounds at most; a long one need not be in each.</summary>
    int MostRounds => int.MaxValue;

    /// <summary>Whether it runs only where it is named, as it takes longer than all others together.</summary>
    bool IsOnlyByName => false;

    Task RunAsync(Round round, CancellationToken ct);
}
