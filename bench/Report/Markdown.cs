using System.Globalization;
using System.Text;

namespace AiPlatform.Bench.Report;

/// <summary>A run in words and tables.</summary>
static class Markdown
{
    /// <summary>Beyond this part of the usual the machine was busy with something else.</summary>
    const double SlowProbe = 1.25;

    public static string Of(Results results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Bench of {results.Date}");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"`{results.Command}` · {results.Rounds} rounds, interleaved · {results.Minutes:0.0} min");
        text.AppendLine();
        foreach (var line in results.Machine)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"- {line}");
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"- Sizes: {results.Sizes.Text}");
        AppendProbes(text, results.Probes);
        AppendGoals(text, results);
        foreach (var table in results.Series.Select(series => series.Table).Distinct())
        {
            AppendTable(text, table, [.. results.Series.Where(series => series.Table == table)]);
        }
        AppendSystems(text, results.Systems);
        return text.ToString();
    }

    static void AppendProbes(StringBuilder text, List<double> probes)
    {
        if (probes.Count == 0)
        {
            return;
        }
        var median = Numbers.Median(probes);
        text.AppendLine(CultureInfo.InvariantCulture,
            $"- CPU probe before each of {probes.Count} measurements: {Numbers.Text(median)} ms ({Numbers.Text(probes.Min())}–{Numbers.Text(probes.Max())}); "
            + $"{probes.Count(probe => probe > median * SlowProbe)} of them more than a quarter slower than the median");
    }

    static void AppendGoals(StringBuilder text, Results results)
    {
        var goals = Goals.Of(results).ToList();
        if (goals.Count == 0)
        {
            return;
        }
        text.AppendLine().AppendLine("## Goals").AppendLine().AppendLine("| | goal | measured | |").AppendLine("|---|---|---|---|");
        foreach (var (goal, limit, measured, met) in goals)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {goal} | {limit} | {Numbers.Text(measured)} | {(met ? "reached" : "missed")} |");
        }
    }

    /// <summary>Systems down, metrics across; median (min–max).</summary>
    static void AppendTable(StringBuilder text, string title, List<Series> all)
    {
        string[] metrics = [.. all.Select(series => series.Label).Distinct()];
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"## {title}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", metrics)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(metrics.Select(_ => "---|"))}");
        foreach (var system in all.Select(series => series.System).Distinct())
        {
            var cells = metrics.Select(metric => Cell(all.Find(series => series.System == system && series.Label == metric)));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {system} | {string.Join(" | ", cells)} |");
        }
    }

    static string Cell(Series? series) => series switch
    {
        null => "–",
        { Part: not null } => Numbers.Text(series.Value),
        _ => $"{Numbers.Text(series.Value)} ({Numbers.Text(series.Low)}–{Numbers.Text(series.High)})",
    };

    static void AppendSystems(StringBuilder text, List<Described> systems)
    {
        if (systems.Count == 0)
        {
            return;
        }
        text.AppendLine().AppendLine("## What is compared").AppendLine().AppendLine("| | version | settings | what an acknowledgement means |");
        text.AppendLine("|---|---|---|---|");
        foreach (var system in systems)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {system.Name} | {system.Version} | {system.Settings} | {system.Contract} |");
        }
    }
}
