namespace AiPlatform.LlmWorker.Routing;

/// <summary>What the choice between deployments knows of one.</summary>
/// <param name="Seconds">That its answer is expected to take; null where nothing was measured yet.</param>
/// <param name="InFlight">Calls under way from this worker.</param>
/// <param name="Concurrency">Calls at a time that it handles well.</param>
/// <param name="Failures">Calls that failed since the last good one; they fade.</param>
readonly record struct Candidate(double? Seconds, int InFlight, int Concurrency, double Failures);

/// <summary>
/// Chooses a deployment: of two at random among the fastest the one that should answer first with the load it has. Always taking the best would send
/// everything there at once, and leave the others unmeasured.
/// </summary>
static class Choice
{
    /// <summary>So much slower than the best a deployment may be and still be taken.</summary>
    const double Margin = 1.2;

    /// <summary>So often any deployment is taken, whatever is known of it.</summary>
    const double Exploration = 0.02;

    /// <param name="candidates">At least one.</param>
    /// <returns>The index of the chosen one.</returns>
    public static int Of(IReadOnlyList<Candidate> candidates, Random random)
    {
        if (candidates.Count == 1)
        {
            return 0;
        }
        if (random.NextDouble() < Exploration)
        {
            return random.Next(candidates.Count);
        }
        // What is not measured is taken to be as fast as the best, or it would never be.
        var best = candidates.Min(candidate => candidate.Seconds) ?? 1;
        var scores = candidates.Select(candidate => Score(candidate, best)).ToArray();
        var limit = scores.Min() * Margin;
        var fast = Enumerable.Range(0, scores.Length).Where(i => scores[i] <= limit).ToArray();
        if (fast.Length == 1)
        {
            return fast[0];
        }
        var first = random.Next(fast.Length);
        var second = (first + 1 + random.Next(fast.Length - 1)) % fast.Length;
        return scores[fast[second]] < scores[fast[first]] ? fast[second] : fast[first];
    }

    // At least a millisecond, or load and failures would count for nothing.
    static double Score(Candidate candidate, double best) =>
        Math.Max(candidate.Seconds ?? best, 0.001) * (1 + (double)candidate.InFlight / candidate.Concurrency) * (1 + candidate.Failures);
}
