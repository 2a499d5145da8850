using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace AiPlatform.Testing;

/// <summary>The examples of a page of docs/: what stands in its fenced blocks, and what commands should print.</summary>
public sealed partial class PageExamples
{
    readonly string _root;
    readonly string _page;

    /// <param name="name">Such as <c>api.md</c>.</param>
    public PageExamples(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "docs", name)))
            folder = folder.Parent;
        _root = folder?.FullName ?? throw new FileNotFoundException($"docs/{name}");
        _page = File.ReadAllText(Path.Combine(_root, "docs", name));
    }

    public string Text => _page;

    /// <summary>Commands that have their output below them. <c>…</c> in it stands for anything, also a part of a line.</summary>
    public IEnumerable<(string Command, string Output)> Commands => Commanded().Matches(_page)
        .Where(block => block.Groups["output"].Success).Select(block => (block.Groups["sh"].Value, block.Groups["output"].Value));

    /// <summary>All fenced blocks in their order: language and text.</summary>
    public IReadOnlyList<(string Language, string Text)> Blocks => [.. Fenced().Matches(_page).Select(block => (block.Groups["language"].Value, block.Groups["text"].Value))];

    /// <summary>The first block, which the other commands build on.</summary>
    public string Setup => Commanded().Match(_page).Groups["sh"].Value;

    /// <summary>Runs a command of the page after its setup.</summary>
    /// <param name="api">Without a slash at its end.</param>
    public Task<string> RunAsync(string command, string api, CancellationToken cancellationToken)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The examples are for a shell with curl.");
        return RunAsync("bash", ["-euo", "pipefail", "-c", Setup + command], api, cancellationToken);
    }

    /// <summary>Runs a program to its good end, in the root of the repository.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> RunAsync(string program, string[] arguments, string api, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _root };
        start.Environment["API"] = api;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var printed = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await errors}");
        return printed;
    }

    /// <summary>The pattern of what a command should print.</summary>
    public static string Pattern(string output) =>
        string.Join(@"[\s\S]*?", output.TrimEnd().Split('…').Select(Regex.Escape)).Replace(@"\n", @"\s+", StringComparison.Ordinal);

    [GeneratedRegex("""```sh\n(?<sh>[^`]*)```(?:\n\n```text\n(?<output>[^`]*)```)?""")]
    private static partial Regex Commanded();

    [GeneratedRegex(@"^```(?<language>\w+)\n(?<text>[\s\S]*?)^```", RegexOptions.Multiline)]
    private static partial Regex Fenced();
}
