using AiPlatform.TranscriptionWorker.Audio;

namespace AiPlatform.TranscriptionWorker.Pipeline;

/// <summary>Which chunks of a plan are done, and how far the text reaches without a hole. Used by several threads.</summary>
sealed class ChunkBoard(StoredPlan plan, Func<PlannedChunk, double> speechSeconds, TimeProvider time)
{
    readonly Lock gate = new();
    readonly ChunkOutcome?[] outcomes = new ChunkOutcome?[plan.Chunks.Count];
    readonly double total = plan.Chunks.Sum(speechSeconds);
    readonly long startedAt = time.GetTimestamp();
    double done;
    double doneByOthers;
    int reused;
    int told;

    /// <summary>In the plan's order; all there once the run has ended.</summary>
    public IReadOnlyList<ChunkOutcome> Outcomes => [.. outcomes.OfType<ChunkOutcome>()];

    public IReadOnlyList<int> Missing => [.. Enumerable.Range(0, outcomes.Length).Where(place => outcomes[place] is null)];

    /// <summary>Notes a chunk that an earlier run did.</summary>
    public void Reuse(int place, ChunkOutcome outcome)
    {
        outcomes[place] = outcome;
        done += speechSeconds(plan.Chunks[place]);
        doneByOthers = done;
        reused++;
    }

    public void Done(int place, ChunkOutcome outcome)
    {
        lock (gate)
        {
            outcomes[place] = outcome;
            done += speechSeconds(plan.Chunks[place]);
        }
    }

    /// <summary>The text that can be told now and was not before: that of the chunks up to the first one that is missing.</summary>
    public string NewText()
    {
        lock (gate)
        {
            var texts = new List<string>();
            for (; told < outcomes.Length && outcomes[told] is { } outcome; told++)
            {
                if (outcome.Text.Length > 0)
                {
                    texts.Add(outcome.Text + "\n");
                }
            }
            return string.Concat(texts);
        }
    }

    public TranscriptionProgress Progress(string stage)
    {
        lock (gate)
        {
            var failed = outcomes.Count(outcome => outcome?.Gaps.Count > 0);
            var ours = done - doneByOthers;
            var eta = ours > 0 ? (total - done) / ours * time.GetElapsedTime(startedAt).TotalSeconds : (double?)null;
            return new TranscriptionProgress(stage)
            {
                Percent = total > 0 ? Math.Round(100 * done / total, 1) : 100,
                Chunks = new ChunkCounts(outcomes.Length, outcomes.Count(outcome => outcome is not null) - failed, failed, reused),
                TranscribedUntil = Math.Round(told < outcomes.Length ? plan.Chunks[told].Range.StartSeconds : plan.Duration, 3),
                EtaSeconds = eta is { } seconds ? Math.Round(seconds, 1) : null,
            };
        }
    }
}
