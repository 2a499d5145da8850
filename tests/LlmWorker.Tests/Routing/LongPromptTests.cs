using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.LlmWorker.Routing;
using static AiPlatform.LlmWorker.Tests.Routing.RoutedCalls;

namespace AiPlatform.LlmWorker.Tests.Routing;

/// <summary>Prompts that a model refuses as too long.</summary>
public sealed class LongPromptTests
{
    [Theory]
    [InlineData("""{"error":{"message":"too long","code":"context_length_exceeded"}}""")]
    [InlineData("""{"error":{"message":"This model's maximum context length is 8000 tokens. However, you requested 9000 tokens.","type":"BadRequestError","code":400}}""")]
    [InlineData("""{"error":"the request exceeds the available context size"}""")]
    public async Task A_prompt_that_is_too_long_goes_to_a_larger_model_only(string body)
    {
        await using var servers = new Servers();
        await servers.AddAsync("small", ScriptedServer.AnsweringAsync(400, body));
        await servers.AddAsync("same", ScriptedServer.StreamingAsync(Good));
        await servers.AddAsync("unknown", ScriptedServer.StreamingAsync(Good));
        await servers.AddAsync("large", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:small=8000", "fast:same=8000 unknown large=32000");

        var answered = Answered(await groups.ChatAsync("quality"));

        Assert.Equal(("large", "quality->fast"), (answered.By.Provider.Name, answered.Fallback));
        Assert.Equal((1, 0, 0), (servers["small"].Bodies.Count, servers["same"].Bodies.Count, servers["unknown"].Bodies.Count));
        Assert.Equal("closed", groups.Models.Reports()[0].Circuit);
    }

    [Fact]
    public async Task A_prompt_that_fits_nowhere_is_refused()
    {
        await using var servers = new Servers();
        await servers.AddAsync("a", ScriptedServer.AnsweringAsync(400, """{"error":{"message":"prompt is too long: 9 tokens > 8 maximum"}}"""));
        await servers.AddAsync("b", ScriptedServer.StreamingAsync(Good));
        using var groups = RoutedGroups.Of(servers, "quality:a=8000 b=4000");
        var asked = 0;

        // Which of the two is asked first is left to chance.
        while (servers["a"].Bodies.Count == 0)
        {
            Assert.True(asked++ < 1000);
            if (await groups.ChatAsync("quality") is RoutedResult.Failed { Failure: var failure })
            {
                Assert.Equal((ErrorCategories.ProviderRejected, ContextOverflow.Type), (failure.Category, failure.Type));
                Assert.Contains("prompt is too long", failure.Message, StringComparison.Ordinal);
            }
        }
        Assert.Equal(asked - 1, servers["b"].Bodies.Count);
    }

    [Fact]
    public async Task A_prompt_that_only_a_failing_model_could_take_is_tried_again()
    {
        await using var servers = new Servers();
        await servers.AddAsync("small", ScriptedServer.AnsweringAsync(400, """{"error":{"code":"context_length_exceeded"}}"""));
        await servers.AddAsync("large", ScriptedServer.AnsweringAsync(500, "{}"));
        using var groups = RoutedGroups.Of(servers, "quality:small=8000", "fast:large=32000");

        Assert.Equal(ErrorCategories.ProvidersExhausted, Failure(await groups.ChatAsync("quality")).Category);
    }
}
