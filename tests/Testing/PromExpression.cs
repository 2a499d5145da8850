using System.Text.RegularExpressions;

namespace AiPlatform.Testing;

/// <summary>What a PromQL expression speaks of. promtool knows whether it is one.</summary>
public static partial class PromExpression
{
    static readonly HashSet<string> _words = ["and", "or", "unless", "bool", "offset", "inf", "nan", "start", "end"];

    /// <summary>The series' names, without their labels.</summary>
    public static IReadOnlySet<string> Series(string expression)
    {
        var rest = Range().Replace(Grouping().Replace(Braces().Replace(Text().Replace(expression, "\"\""), " "), " "), " ");
        return Name().Matches(rest).Select(match => match.Value).Where(name => !_words.Contains(name)).ToHashSet();
    }

    public static IReadOnlySet<string> Labels(string expression)
    {
        var plain = Text().Replace(expression, "\"\"");
        return Braces().Matches(plain).SelectMany(braces => Matcher().Matches(braces.Value)).Select(match => match.Groups[1].Value)
            .Concat(Grouping().Matches(plain).SelectMany(grouping => Name().Matches(grouping.Groups[1].Value)).Select(match => match.Value))
            .ToHashSet();
    }

    [GeneratedRegex("""
        "[^"]*"
        """)]
    private static partial Regex Text();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Braces();

    [GeneratedRegex(@"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset\s+\w+")]
    private static partial Regex Range();

    [GeneratedRegex(@"(?<![\w.])[a-zA-Z_:][\w:]*(?!\s*\(|\w)")]
    private static partial Regex Name();
}
