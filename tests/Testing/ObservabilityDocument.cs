using System.Text.RegularExpressions;

namespace AiPlatform.Testing;

/// <summary>The tables of docs/observability.md.</summary>
public static partial class ObservabilityDocument
{
    static readonly string _text = RepositoryFiles.Read("docs/observability.md");

    /// <summary>Of the platform itself: the rows below headings that name a meter.</summary>
    public static IReadOnlyList<InstrumentRow> Own { get; } =
        [.. Rows("## Instruments of the platform").Select(row => new InstrumentRow(row.Name, row.Cells[0], row.Cells[1], row.Cells[2], row.Cells[3], Words(row.Cells[4])))];

    /// <summary>Of .NET, ASP.NET Core and Npgsql: names as Prometheus has them, and their attributes.</summary>
    public static IReadOnlyList<(string Prometheus, IReadOnlyList<string> Attributes)> Others { get; } =
        [.. Rows("## Instruments of .NET and Npgsql").Select(row => (row.Cells[1], Words(row.Cells[2])))];

    /// <summary>Ids, levels and texts.</summary>
    public static IReadOnlyList<string> Events { get; } = [.. Rows("## Log events").Select(row => string.Join(" | ", row.Cells.Take(3)))];

    /// <summary>In the order of their rows.</summary>
    public static IReadOnlyList<SpanRow> Spans { get; } =
        [.. Rows("## Spans").Select(row => new SpanRow(row.Cells[0], Words(row.Cells[1]), row.Cells[2], Words(row.Cells[3]), Words(row.Cells[4])))];

    /// <summary>The sources of spans.</summary>
    public static IReadOnlyList<string> SpanSources { get; } = [.. Spans.Select(row => row.Source).Distinct()];

    /// <summary>Every family of <c>/metrics</c>, without what is added for histograms, and the labels that it may have.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> Families { get; } = Own.Select(row => (row.Prometheus, row.Attributes)).Concat(Others)
        .GroupBy(row => row.Prometheus)
        .ToDictionary(
            family => family.Key,
            family => (IReadOnlySet<string>)family.SelectMany(row => row.Attributes).Select(attribute => NoLetter().Replace(attribute, "_")).ToHashSet());

    /// <summary>The family of a series; the name itself where none is known.</summary>
    public static string FamilyOf(string series) =>
        Families.ContainsKey(series) ? series : Families.Keys.FirstOrDefault(family => PartOfHistogram().Replace(series, "") == family) ?? series;

    static IEnumerable<(string Name, string[] Cells)> Rows(string heading)
    {
        var (isInside, name) = (false, "");
        foreach (var line in _text.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                isInside = line == heading;
            else if (line.StartsWith("### ", StringComparison.Ordinal))
                name = Quoted().Match(line) is { Success: true } match ? match.Groups[1].Value : "";
            else if (isInside && line.StartsWith("| ", StringComparison.Ordinal) && (line.Contains("| `", StringComparison.Ordinal) || char.IsDigit(line[2])))
                yield return (name, [.. Bar().Split(line).Skip(1).SkipLast(1).Select(cell => cell.Trim().Trim('`'))]);
        }
    }

    static IReadOnlyList<string> Words(string cell) => [.. Quoted().Matches($"`{cell}`").Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();

    [GeneratedRegex("[^a-zA-Z0-9]")]
    private static partial Regex NoLetter();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex PartOfHistogram();
}

/// <summary>An instrument as docs/observability.md describes it.</summary>
/// <param name="Meter">That has it.</param>
/// <param name="Name">Of OpenTelemetry.</param>
/// <param name="Kind">counter, gauge, histogram or updown.</param>
/// <param name="Prometheus">Its name there, with <c>_total</c> where it is a counter.</param>
/// <param name="Unit">In UCUM.</param>
/// <param name="Attributes">That its measurements may have.</param>
public sealed record InstrumentRow(string Meter, string Name, string Kind, string Prometheus, string Unit, IReadOnlyList<string> Attributes);

/// <summary>Spans as docs/observability.md describes them.</summary>
/// <param name="Source">That has them.</param>
/// <param name="Names">With words in braces for what differs.</param>
/// <param name="Kind">server, client, producer or consumer.</param>
/// <param name="Attributes">That they may have.</param>
/// <param name="Events">That may happen in them.</param>
public sealed partial record SpanRow(
    string Source, IReadOnlyList<string> Names, string Kind, IReadOnlyList<string> Attributes, IReadOnlyList<string> Events)
{
    /// <summary>Whether a span may have one of the names.</summary>
    public bool IsNamed(string name) => Names.Any(pattern => IsOf(pattern, name));

    /// <param name="pattern">One of the names.</param>
    /// <param name="name">Of a span.</param>
    public static bool IsOf(string pattern, string name) =>
        Regex.IsMatch(name, $"^{string.Join(@"\S+", Braced().Split(pattern).Select(Regex.Escape))}$", RegexOptions.CultureInvariant);

    [GeneratedRegex("{[a-z_]+}")]
    private static partial Regex Braced();
}
