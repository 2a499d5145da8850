using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

static class StoreAbsence
{
    /// <summary>Whether the store is away or too slow: worth another try. False where <paramref name="ct"/> told the caller to stop.</summary>
    public static bool Is(Exception failure, CancellationToken ct) =>
        failure is StoreUnavailableException || (failure is OperationCanceledException && !ct.IsCancellationRequested);
}
