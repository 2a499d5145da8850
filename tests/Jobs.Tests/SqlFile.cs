using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace AiPlatform.Jobs.Tests;

/// <summary>What the header of a statement's or script's file says, and who uses the file.</summary>
static partial class SqlFile
{
    public static MatchCollection Parameters(string text) => TypedParameter().Matches(Inputs(text));

    /// <summary>The list of types that PREPARE wants, from the header.</summary>
    public static string Types(string text) => Parameters(text) is { Count: > 0 } typed
        ? $"({string.Join(", ", typed.Select(match => match.Groups["type"].Value))})"
        : "";

    /// <summary>A header may refer to another one for its inputs.</summary>
    static string Inputs(string text) => Reference().Match(Header(text)) is { Success: true } other
        ? Header(EmbeddedText.Get(other.Groups["file"].Value))
        : Header(text);

    public static string Header(string text) => Comment().Match(text).Value;

    public static IEnumerable<string> Names(string folder, string pattern, [CallerFilePath] string here = "") => Directory
        .EnumerateFiles(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Jobs", folder), pattern)
        .Select(path => Path.GetFileNameWithoutExtension(path)!)
        .Order(StringComparer.Ordinal);

    public static IEnumerable<string> Sources([CallerFilePath] string here = "") => Directory
        .EnumerateFiles(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Jobs"), "*.cs", SearchOption.AllDirectories)
        .Select(File.ReadAllText);

    [GeneratedRegex(@"\A(--.*\n)+")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<place>\$\d+)[^$]*?\b(?<type>(uuid|text|json|bytea|interval|timestamptz|date|smallint|int|bigint|bool|float8)(\[\])?)")]
    private static partial Regex TypedParameter();

    [GeneratedRegex(@"In: as (?<file>\w+\.sql)")]
    private static partial Regex Reference();
}
