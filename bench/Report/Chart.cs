using System.Globalization;
using System.Text;
using AiPlatform.Bench.Systems;
using AiPlatform.Bench.Workloads;

namespace AiPlatform.Bench.Report;

/// <summary>Bars of medians with whiskers from min to max, a panel a metric, as an SVG that can be read on light and on dark pages.</summary>
static class Chart
{
    const int PanelWidth = 420;
    const int LabelWidth = 165;
    const int ValueWidth = 60;
    const int BarWidth = PanelWidth - LabelWidth - ValueWidth;
    const int BarHeight = 16;
    const int RowHeight = 24;
    const int TitleHeight = 34;
    const int Gap = 28;
    const int Columns = 2;
    const int Margin = 16;
    const int CaptionHeight = 20;
    const int LongestTimesBest = 12;

    /// <param name="BestIsLow">Whether a short bar is a good one.</param>
    sealed record Panel(string Title, string Table, string Metric, bool BestIsLow);

    static readonly Panel[] Panels =
    [
        new("Single adds, 32 at a time (jobs/s)", Tables.Throughput, Tables.Parallel, false),
        new("Bulk adds of 500 (jobs/s)", Tables.Throughput, Tables.Bulk, false),
        new("Drain, 32 handlers (jobs/s)", Tables.Throughput, Tables.Drain, false),
        new("Single adds, one by one (jobs/s)", Tables.Throughput, Tables.OneByOne, false),
        new("Pickup at 50/s, median (ms)", Tables.Pickup, "50/s p50", true),
        new("Pickup at 50/s, 99 % (ms)", Tables.Pickup, "50/s p99", true),
    ];

    /// <summary>Null where the run has nothing to draw.</summary>
    public static string? Of(Results results)
    {
        var drawn = Panels.Select(panel => (Panel: panel, Rows: RowsOf(results, panel))).Where(entry => entry.Rows.Count > 0).ToList();
        if (drawn.Count == 0)
        {
            return null;
        }
        var rows = drawn.Max(entry => entry.Rows.Count);
        var panelHeight = TitleHeight + rows * RowHeight;
        var height = 2 * Margin + (drawn.Count + Columns - 1) / Columns * (panelHeight + Gap) - Gap + CaptionHeight;
        var width = 2 * Margin + Columns * PanelWidth + (Columns - 1) * Gap;

        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" font-family="system-ui, sans-serif" font-size="12">""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"  <title>Bench of {results.Date}: medians of {results.Rounds} rounds, with min and max</title>");
        svg.AppendLine("""
              <style>
                text { fill: #1f2328; } .title { font-size: 14px; font-weight: 600; } .ours { fill: #0a7d5a; } .peer { fill: #8b949e; } .whisker { stroke: #1f2328; }
                .page { fill: #ffffff; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #e6edf3; } .ours { fill: #2ea884; } .peer { fill: #6e7681; } .whisker { stroke: #e6edf3; } .page { fill: #0d1117; }
                }
              </style>
            """);
        svg.AppendLine(CultureInfo.InvariantCulture, $"""  <rect class="page" width="{width}" height="{height}" rx="6"/>""");
        foreach (var (i, (panel, series)) in drawn.Index())
        {
            Draw(svg, panel, series, Margin + i % Columns * (PanelWidth + Gap), Margin + i / Columns * (panelHeight + Gap));
        }
        svg.AppendLine(CultureInfo.InvariantCulture,
            $"""  <text x="{Margin}" y="{height - Margin}">Bars: medians of {results.Rounds} rounds. Whiskers: smallest and largest. →: the bar is longer. Run of {results.Date}.</text>""");
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    static List<Series> RowsOf(Results results, Panel panel)
    {
        var found = SystemUnderTest.All.Select(system => results.Find(panel.Table, panel.Metric, system.Name)).OfType<Series>();
        return [.. panel.BestIsLow ? found.OrderBy(series => series.Value) : found.OrderByDescending(series => series.Value)];
    }

    static void Draw(StringBuilder svg, Panel panel, List<Series> rows, int left, int top)
    {
        // A poller's latency must not flatten all the others: such a bar is cut, and an arrow says so.
        var longest = rows.Max(row => row.High);
        var scale = panel.BestIsLow ? Math.Min(longest, LongestTimesBest * rows[0].Value) : longest;
        svg.AppendLine(CultureInfo.InvariantCulture, $"""  <text class="title" x="{left}" y="{top + 16}">{Escape(panel.Title)}</text>""");
        foreach (var (i, row) in rows.Index())
        {
            var y = top + TitleHeight + i * RowHeight;
            var middle = y + BarHeight / 2.0;
            var kind = row.System == SystemUnderTest.Jobs.Name || row.System == SystemUnderTest.Http.Name ? "ours" : "peer";
            var (bar, low, high) = (X(row.Value), X(row.Low), X(row.High));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""  <text x="{left + LabelWidth - 8}" y="{middle + 4}" text-anchor="end">{Escape(row.System)}</text>""");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""  <rect class="{kind}" x="{left + LabelWidth}" y="{y}" width="{bar:0.#}" height="{BarHeight}" rx="2"/>""");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""  <path class="whisker" d="M{left + LabelWidth + low:0.#} {middle}H{left + LabelWidth + high:0.#}m0 -4v8M{left + LabelWidth + low:0.#} {middle - 4}v8"/>""");
            svg.AppendLine(CultureInfo.InvariantCulture,
                $"""  <text x="{left + LabelWidth + Math.Max(bar, high) + 6:0.#}" y="{middle + 4}">{Numbers.Text(row.Value)}{(row.Value > scale ? " →" : "")}</text>""");
        }

        double X(double value) => Math.Min(value, scale) / scale * BarWidth;
    }

    static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
