using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Folds the notes of what has changed into the tallies, so that the notes stay few whoever reads them.</summary>
sealed class TallyKeeper(JobStore store) : IMaintenanceLoop
{
    /// <summary>Notes a run. In one statement: each reads over what others have taken, which stays for as long as some transaction is old.</summary>
    const int Most = 100_000;

    public TimeSpan Period => TimeSpan.FromSeconds(2);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var folded = await store.FoldTalliesAsync(Most, ct);
        await store.DeleteEmptyTalliesAsync(ct);
        return (int)folded;
    }
}
