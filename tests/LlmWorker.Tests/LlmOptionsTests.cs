namespace AiPlatform.LlmWorker.Tests;

public sealed class LlmOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var options = new LlmOptions();

        Assert.Equal(
            ("qwen2.5-14b", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(30)),
            (options.Model, options.Timeout, options.ConnectTimeout, options.FirstTokenTimeout, options.IdleTimeout));
        Assert.Equal(("claude-sonnet-4-5", null, null, TimeSpan.FromSeconds(5)), (options.AnthropicModel, options.AnthropicApiKey, options.ConfigFile, options.ConfigReload));
        Assert.Equal(
            (null, null, null, null, null, null),
            (options.BaseUrl, options.ApiKey, options.Provider, options.LmStudioBaseUrl, options.OllamaBaseUrl, options.OpenClawUrl));
    }
}
