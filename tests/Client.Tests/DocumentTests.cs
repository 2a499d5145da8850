using System.Reflection;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.Client.Tests;

/// <summary>docs/client.md and the README of the package say what is so.</summary>
[Collection(ClientSystem.Name)]
public sealed partial class DocumentTests(ClientSystem system)
{
    static readonly PageExamples Page = new("client.md");

    static string Examples => Flat(RepositoryFiles.Read("tests/Client.Tests/ClientExamples.cs"));

    public static TheoryData<string> CSharp => [.. Page.Blocks.Where(block => block.Language == "csharp").Select(block => block.Text)];

    [Theory, MemberData(nameof(CSharp))]
    public void Each_example_is_one_that_runs(string example) => Assert.Contains(Flat(example), Examples, StringComparison.Ordinal);

    [Fact]
    public async Task The_examples_run()
    {
        Assert.Equal(9, CSharp.Count);
        Directory.SetCurrentDirectory(AppContext.BaseDirectory);
        await ClientExamples.RunAsync(system.Address.ToString(), TestApi.Token);

        var tokenFile = Path.Combine(AppContext.BaseDirectory, $"token-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(tokenFile, TestApi.Token + "\n", TestApi.Ct);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        ClientExamples.AddTo(builder, system.Address.ToString(), tokenFile);
        using var host = builder.Build();
        Assert.NotEmpty((await host.Services.GetRequiredService<AiPlatformClient>().StatsAsync(TestApi.Ct)).ByTaskType);
        File.Delete(tokenFile);
    }

    [Fact]
    public void The_READMEs_example_is_one_that_runs()
    {
        var readme = Fenced().Match(RepositoryFiles.Read("Client/README.md")).Groups[1].Value.Split('\n').Where(line => line.Length > 0).ToList();
        Assert.NotEmpty(readme);
        Assert.All(readme, line => Assert.Contains(Flat(line), Examples, StringComparison.Ordinal));
    }

    [Fact]
    public void The_tables_have_every_code_and_every_option()
    {
        Assert.Equal(Codes(typeof(ClientErrorCodes)).Order(), Rows("When it fails").Where(word => Page.Text.Contains($"| `{word}` |", StringComparison.Ordinal) && word.Contains('_', StringComparison.Ordinal)).Order());
        Assert.Equal(
            typeof(AiPlatformClientOptions).GetProperties().Select(option => option.Name).Order(StringComparer.Ordinal),
            Rows("When it fails").Where(word => char.IsUpper(word[0]) && word != "Code").Order(StringComparer.Ordinal));
        // A code of the client's own is none of the service's.
        Assert.Empty(Codes(typeof(ClientErrorCodes)).Intersect(Codes(typeof(ErrorCodes))));
    }

    static IEnumerable<string> Codes(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

    /// <summary>The words in the first columns of a section's tables.</summary>
    static IEnumerable<string> Rows(string section) => Row().Matches(Page.Text.Split($"\n## {section}\n")[1].Split("\n## ")[0])
        .SelectMany(row => Word().Matches(row.Groups[1].Value)).Select(word => word.Groups[1].Value);

    static string Flat(string code) => Spaces().Replace(code, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^\|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`(\\w+)`")]
    private static partial Regex Word();

    [GeneratedRegex(@"```csharp\n([^`]*)```")]
    private static partial Regex Fenced();
}
