using AiPlatform.Jobs.Store;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Folds the notes of what has changed into the tallies, so that the notes stay few whoever reads them.</summary>
sealed class TallyKeeper(JobStore store) : IMaintenanceLoop
{
    const int Page = 5_000;

    /// <summary>Pages a run; the rest waits for the next one.</summary>
    const int MostPages = 20;

    public TimeSpan Period => TimeSpan.FromSeconds(2);

    public async Task<int> RunAsync(CancellationToken ct)
    {
        var folded = 0L;
        for (var page = 0; page < MostPages; page++)
        {
            var notes = await store.FoldTalliesAsync(Page, ct);
            folded += notes;
            if (notes < Page)
            {
                break;
            }
        }
        return (int)folded;
    }
}
