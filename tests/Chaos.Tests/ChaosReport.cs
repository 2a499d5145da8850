using System.Text;
using AiPlatform.Contracts;

namespace AiPlatform.Chaos.Tests;

/// <summary>What a run came to.</summary>
sealed record ChaosReport(int Seed, History History, IReadOnlyList<Row> Rows, IReadOnlyList<string> Violations, TimeSpan Drained)
{
    /// <summary>Violations shown; the rest are counted.</summary>
    const int Shown = 30;

    public string Table()
    {
        var checker = new Checker(History, Rows);
        var text = new StringBuilder();
        int Final(JobStatus status) => Rows.Count(row => row.Status == status);
        void Line(string name, object value) => text.AppendLine(null, $"  {name,-34}{value,8}");

        text.AppendLine(null, $"Chaos run, CHAOS_SEED={Seed}");
        Line("accepted", History.Accepted.Count());
        Line("  not known to be accepted", Rows.Count - History.Accepted.Count(id => Rows.Any(row => row.Id == id)));
        Line("finished", Rows.Count(row => row.Status is not null));
        Line("  completed", Final(JobStatus.Completed));
        Line("  failed", Final(JobStatus.Failed));
        Line("  cancelled", Final(JobStatus.Cancelled));
        Line("lost", checker.Lost.Count);
        Line("doubled", checker.Doubled.Count);
        Line("stale outcomes refused", checker.StaleRefused);
        Line("re-executed", checker.ReExecuted);
        Line("cancels and retries answered", History.Changes.Count(change => change.Status == 200));
        Line("pauses", History.Pauses.Count);
        Line("seconds to the last job after healing", $"{Drained.TotalSeconds:0.0}");
        text.AppendLine().AppendLine("  fault                    times   recovery, worst");
        foreach (var kind in History.Faults.GroupBy(fault => fault.Kind).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var recoveries = kind.Select(checker.Recovery).ToArray();
            text.AppendLine(null, $"  {kind.Key,-24}{kind.Count(),6}   {(recoveries.Contains(null) ? "    never" : $"{recoveries.Max()!.Value.TotalSeconds,9:0.0} s")}");
        }
        text.AppendLine().AppendLine(Violations.Count == 0 ? "Every promise was kept." : $"{Violations.Count} promises were broken:");
        foreach (var violation in Violations.Take(Shown))
        {
            text.AppendLine(null, $"  {violation}");
        }
        return $"{text}";
    }
}
