using System.Text.RegularExpressions;

namespace AiPlatform.Architecture.Tests;

/// <summary>What docs/runbook.md tells people to look for at night is what the processes say: events, metrics, and the places it leads to.</summary>
public sealed partial class RunbookTests
{
    static readonly string Text = Repository.Read("docs/runbook.md");

    /// <summary>What a link can lead to.</summary>
    internal static IReadOnlySet<string> Sections { get; } = Heading().Matches(Text)
        .Select(match => Unlinkable().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet();

    static IEnumerable<string> Sources => Repository.Files(".cs").Where(path => path.Split('/')[0] is not ("tests" or "bench")).Select(Repository.Read);

    [Fact]
    public void Every_event_is_logged()
    {
        var logged = Sources.SelectMany(source => LogEvent().Matches(source)).Select(match => match.Groups["id"].Value).ToHashSet();
        var named = LineOfEvents().Matches(Text).SelectMany(match => Number().Matches(match.Value)).Select(match => match.Value).Distinct().ToArray();
        Assert.NotEmpty(named);
        Assert.Equal([], named.Where(id => !logged.Contains(id)));
    }

    [Fact]
    public void No_two_messages_share_an_event() => Assert.Equal([],
        Sources.SelectMany(source => LogEvent().Matches(source)).Select(match => match.Groups["id"].Value).CountBy(id => id)
            .Where(id => id.Value > 1).Select(id => id.Key));

    [Fact]
    public void Every_metric_is_measured()
    {
        var measured = Sources.SelectMany(source => Instrument().Matches(source)).SelectMany(match => PrometheusNames(match.Groups["name"].Value)).ToHashSet();
        var named = Metric().Matches(Text).Select(match => match.Value).Distinct().ToArray();
        Assert.NotEmpty(named);
        Assert.Equal([], named.Where(name => !measured.Contains(name)));
    }

    [Fact]
    public void Every_link_leads_somewhere() =>
        Assert.Equal([], Anchor().Matches(Text).Select(match => match.Groups[1].Value).Where(anchor => !Sections.Contains(anchor)).Distinct());

    /// <summary>What an exporter makes of the name by kind and unit. Which of them it is, the instrument's kind says; a wrong kind is not the mistake
    /// that documents make.</summary>
    static IEnumerable<string> PrometheusNames(string instrument)
    {
        var name = instrument.Replace('.', '_');
        string[] units = [name, name + "_seconds"];
        return units.SelectMany(unit => (string[])[unit, unit + "_total", unit + "_bucket", unit + "_sum", unit + "_count"]);
    }

    [GeneratedRegex(@"^.*\bevents? [0-9]{4}\b.*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex LineOfEvents();

    [GeneratedRegex(@"\b[0-9]{4}\b")]
    private static partial Regex Number();

    [GeneratedRegex(@"LoggerMessage\((?:EventId = )?(?<id>[0-9]{4}),")]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"\baiplatform_[a-z_]+")]
    private static partial Regex Metric();

    [GeneratedRegex(@"""(?<name>aiplatform\.[a-z_.]+)""")]
    private static partial Regex Instrument();

    [GeneratedRegex("^##+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex Unlinkable();

    [GeneratedRegex(@"\]\(#([a-z0-9_-]+)\)")]
    private static partial Regex Anchor();
}
