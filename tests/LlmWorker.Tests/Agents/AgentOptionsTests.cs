using AiPlatform.LlmWorker.Agents;

namespace AiPlatform.LlmWorker.Tests.Agents;

public sealed class AgentOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new AgentOptions();

        Assert.Equal(
            ("I am sorry, but I cannot answer right now. Please try again in a few minutes.", TimeSpan.FromSeconds(120)),
            (options.FallbackText, options.Timeout));
    }
}
