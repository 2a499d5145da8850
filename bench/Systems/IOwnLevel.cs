using AiPlatform.Contracts;

namespace AiPlatform.Bench.Systems;

/// <summary>A way to use our own queue: the library, or HTTP.</summary>
interface IOwnLevel : IAsyncDisposable
{
    string Settings { get; }

    Task AddAsync(BenchJob job, CancellationToken ct);

    Task AddManyAsync(IReadOnlyList<BenchJob> jobs, CancellationToken ct);

    /// <summary>Waits for the first job; empty after a while.</summary>
    Task<IReadOnlyList<ClaimedJob>> ClaimAsync(int limit, CancellationToken ct);

    Task CompleteAsync(ClaimedJob job, CancellationToken ct);

    /// <summary>Adds a job and waits for its result.</summary>
    Task CallAsync(BenchJob job, CancellationToken ct);

    /// <summary>Has owners take turns in every lane, or no more, and limits how many jobs of the first owner run.</summary>
    /// <param name="mostRunning">0 for no limit.</param>
    Task SetSharesAsync(bool fair, int mostRunning, CancellationToken ct);

    /// <summary>Reads the counts of the whole queue.</summary>
    Task ReadStatsAsync(CancellationToken ct);
}
