using System.Text.RegularExpressions;
using AiPlatform.Testing;

namespace AiPlatform.Architecture.Tests;

/// <summary>A rule of deploy/prometheus/alerts.yaml, whose form is held simple enough to be read without a parser.</summary>
sealed partial record AlertRule(string Name, string Expression, string Severity, IReadOnlyDictionary<string, string> Annotations)
{
    public static IReadOnlyList<AlertRule> All { get; } = [.. Rule().Split(RepositoryFiles.Read("deploy/prometheus/alerts.yaml")).Skip(1).Chunk(2).Select(Read)];

    static AlertRule Read(string[] rule) => new(
        rule[0],
        Spaces().Replace(Expr().Match(rule[1]).Groups[1].Value, " ").Trim(),
        SeverityLine().Match(rule[1]).Groups[1].Value,
        Annotation().Matches(rule[1]).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value));

    [GeneratedRegex(@"^ +- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Rule();

    [GeneratedRegex(@"expr: (?:>-)?((?:.|\n)*?)\n        (?:for|labels):")]
    private static partial Regex Expr();

    [GeneratedRegex("severity: (.+)")]
    private static partial Regex SeverityLine();

    [GeneratedRegex("^ {10}(summary|description|runbook_url): (.+)$", RegexOptions.Multiline)]
    private static partial Regex Annotation();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
