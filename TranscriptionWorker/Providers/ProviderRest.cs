using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>
/// Whether a provider had better be left alone: for as long as it asked, or after three failures in a row for 5 s, and for twice as long with each
/// one more, up to a minute. Another provider then comes first; where there is none it is asked nevertheless.
/// </summary>
sealed class ProviderRest(TimeProvider time)
{
    const int Failures = 3;
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    readonly Lock gate = new();
    int inARow;
    DateTimeOffset until;

    public bool IsResting
    {
        get
        {
            lock (gate)
            {
                return time.GetUtcNow() < until;
            }
        }
    }

    /// <param name="failure">Null for a good answer. A refusal is an answer too.</param>
    public void Called(ProviderFailure? failure)
    {
        lock (gate)
        {
            if (failure is null or { Category: ErrorCategories.ProviderRejected })
            {
                (inARow, until) = (0, default);
                return;
            }
            inARow++;
            var rest = inARow < Failures ? TimeSpan.Zero : Shortest * Math.Pow(2, Math.Min(inARow - Failures, 10));
            until = time.GetUtcNow() + Larger(failure.Pause ?? TimeSpan.Zero, rest < Longest ? rest : Longest);
        }
    }

    static TimeSpan Larger(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
