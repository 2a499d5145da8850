namespace AiPlatform.Bench.Workloads;

interface IWorkload
{
    /// <summary>As in <c>./dev bench name</c>.</summary>
    string Name { get; }

    /// <summary>Rounds at most; a long one need not be in each.</summary>
    int MostRounds => int.MaxValue;

    Task RunAsync(Round round, CancellationToken ct);
}
