using System.Text.RegularExpressions;

namespace AiPlatform.Architecture.Tests;

/// <summary>docs/guarantees.md names a test for every promise, and every test it names is there.</summary>
public sealed partial class GuaranteesDocumentTests
{
    static IEnumerable<(string Title, string Text)> Promises => Heading().Split(Repository.Read("docs/guarantees.md")).Skip(1)
        .Chunk(2).Select(pair => (pair[0], pair[1]));

    [Fact]
    public void Every_named_test_exists()
    {
        var named = Promises.SelectMany(promise => Test().Matches(promise.Text)).ToArray();
        Assert.NotEmpty(named);
        Assert.Equal([], named.Where(test => !Exists(test)).Select(test => test.Value).Distinct());
    }

    [Fact]
    public void No_promise_is_without_its_limits_and_a_proof() => Assert.Equal([],
        Promises.Where(promise => !promise.Text.Contains("**Promised.** ", StringComparison.Ordinal)
            || !promise.Text.Contains("**Not promised.** ", StringComparison.Ordinal)
            || !Test().IsMatch(After(promise.Text, "**Proof.** "))).Select(promise => promise.Title));

    [Fact]
    public void For_every_promise_something_real_is_killed() => Assert.Equal([],
        Promises.Where(promise => !promise.Text.Contains("**Nothing to kill.** ", StringComparison.Ordinal)
            && Test().Matches(After(promise.Text, "**Kills.** ")) is var tests
            && (tests.Count == 0 || tests.Any(test => !Kills(test)))).Select(promise => promise.Title));

    static bool Exists(Match test)
    {
        var path = Path.Combine("docs", test.Groups["path"].Value);
        return File.Exists(Path.Combine(Repository.Root, path))
            && Repository.Read(path) is var source
            && source.Contains($" class {test.Groups["class"].Value}", StringComparison.Ordinal)
            && Regex.IsMatch(source, $@"\[(Fact|Theory)\](\s*\[[^\n]*\])*\s*public [\w ]+ {test.Groups["method"].Value}\(");
    }

    /// <summary>The short chaos run picks its victims from a list in a file of its own.</summary>
    static bool Kills(Match test) =>
        test.Groups["class"].Value == "ChaosTests" || Harm().IsMatch(Repository.Read(Path.Combine("docs", test.Groups["path"].Value)));

    static string After(string text, string mark) => text.Split(mark, 2) is [_, var rest] ? rest.Split("\n**", 2)[0] : "";

    [GeneratedRegex(@"^### (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\[(?<class>\w+)\.(?<method>\w+)\]\((?<path>\.\./tests/[\w./]+\.cs)\)")]
    private static partial Regex Test();

    /// <summary>The words of tests/Testing for the end, the silence and the freezing of processes and servers.</summary>
    [GeneratedRegex(@"\.KillAsync\(|\.SuspendAsync\(|\.StopAsync\(Ct\)|\.Silence\(|SignalAsync\(""(KILL|TERM)""\)")]
    private static partial Regex Harm();
}
