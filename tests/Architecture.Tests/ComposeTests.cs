using System.Text.RegularExpressions;

namespace AiPlatform.Architecture.Tests;

/// <summary><c>deploy/compose.yaml</c>: every part is confined, and its settings and secrets are there.</summary>
public sealed partial class ComposeTests
{
    static readonly string Text = Repository.Read("deploy/compose.yaml");

    public static TheoryData<string> Services => [.. Sections().Keys];

    [Theory, MemberData(nameof(Services))]
    public void A_part_cannot_write_its_root_nor_gain_rights_and_has_limits(string service)
    {
        var lines = Sections()[service];
        Assert.Contains("<<: *hardened", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("privileged", StringComparison.Ordinal) || line.StartsWith("cap_add", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("tmpfs:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("deploy: { resources: { limits: { memory:", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("healthcheck:", StringComparison.Ordinal) || line.StartsWith("profiles:", StringComparison.Ordinal));
    }

    /// <summary>A container is killed 10 s after it was asked to end, unless the file says more; a worker takes WORKER_GRACE_PERIOD and 5 s.</summary>
    [Fact]
    public void A_part_has_the_time_that_it_takes_to_stop() => Assert.Contains("\n  stop_grace_period: 30s\n", Text, StringComparison.Ordinal);

    [Fact]
    public void Confined_is_what_it_should_be() =>
        Assert.Contains("  read_only: true\n  cap_drop: [ALL]\n  security_opt: [\"no-new-privileges:true\"]\n", Text, StringComparison.Ordinal);

    [Fact]
    public void Every_setting_is_documented()
    {
        var documentation = Repository.Read("docs/configuration.md");
        var ours = Text[Text.IndexOf("x-queue", StringComparison.Ordinal)..Text.IndexOf("\nservices:", StringComparison.Ordinal)]
            + string.Concat(Sections().Where(section => section.Key is not ("postgres" or "redis")).Select(section => string.Join('\n', section.Value) + "\n"));
        var names = Variable().Matches(ours).Select(match => match.Groups["name"].Value).Distinct().ToList();

        Assert.Contains("AI_SERVICE_TOKEN_FILE", names);
        Assert.All(names, name => Assert.Contains($"`{(name is "DATABASE_URL_FILE" or "REDIS_URL_FILE" ? name[..^5] : name)}`", documentation, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_secret_is_declared_and_given_to_somebody() => Assert.Equal(
        Declared().Matches(Text).Select(match => match.Groups["name"].Value).Order(),
        Sections().Values.SelectMany(lines => lines).Where(line => line.StartsWith("secrets: [", StringComparison.Ordinal))
            .SelectMany(line => line["secrets: [".Length..^1].Split(", ")).Distinct().Order());

    /// <summary>The lines of each service, without their indentation.</summary>
    static Dictionary<string, List<string>> Sections()
    {
        var services = Text[(Text.IndexOf("\nservices:\n", StringComparison.Ordinal) + "\nservices:\n".Length)..Text.IndexOf("\nvolumes:\n", StringComparison.Ordinal)];
        Dictionary<string, List<string>> sections = [];
        foreach (var line in services.Split('\n').Where(line => line.Trim() is { Length: > 0 } text && text[0] != '#'))
        {
            if (line[2] != ' ')
                sections[line.Trim().TrimEnd(':')] = [];
            else
                sections.Last().Value.Add(line.Trim());
        }
        return sections;
    }

    [GeneratedRegex(@"^\s*(?<name>[A-Z][A-Z0-9_]+):", RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^  (?<name>\w+): \{ file: ", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
