using AiPlatform.Testing;

namespace AiPlatform.EndToEnd.Tests;

/// <summary>What docs/api.md shows and a system without models of its own can do, as <c>./dev run</c> starts it.</summary>
public sealed class DocumentTests(WholeSystem system)
{
    static readonly PageExamples Page = new("api.md");

    [Fact]
    public async Task The_example_of_embeddings_is_answered()
    {
        var (command, output) = Assert.Single(Page.Commands, example => example.Command.Contains("/v1/embeddings", StringComparison.Ordinal));
        Assert.Matches(
            PageExamples.Pattern(output),
            await Page.RunAsync(command, system.Api.BaseAddress!.ToString().TrimEnd('/'), TestContext.Current.CancellationToken));
    }
}
