using AiPlatform.LlmWorker.Providers;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Tests;

public sealed class ProviderChoiceTests
{
    static readonly Uri Vllm = new("http://gpu:8000");
    static readonly Uri Studio = new("http://studio:1234/v1");
    static readonly Uri Ollama = new("http://ollama:11434/");

    [Fact]
    public void Nothing_set_is_no_provider() => Assert.Null(ProviderChoice.Of(new LlmOptions()));

    [Fact]
    public void A_base_url_wins_over_everything()
    {
        var options = new LlmOptions { BaseUrl = Vllm, ApiKey = "k", Provider = "ollama", LmStudioBaseUrl = Studio, Model = "m" };

        Assert.Equal(
            new Provider("openai-compatible", new Uri("http://gpu:8000/v1"), "LLM_BASE_URL", "k", "LLM_API_KEY", "m") { Limits = ChatLimits.Of(options) },
            ProviderChoice.Of(options));
    }

    [Fact]
    public void A_named_provider_wins_over_the_address_of_another()
    {
        var options = new LlmOptions { Provider = "ollama", LmStudioBaseUrl = Studio, OllamaBaseUrl = Ollama, OllamaModel = "llama3", OllamaApiKey = "k" };

        Assert.Equal(
            new Provider("ollama", new Uri("http://ollama:11434/v1"), "OLLAMA_BASE_URL", "k", "OLLAMA_API_KEY", "llama3")
            {
                Kind = ProviderKind.Ollama,
                Limits = ChatLimits.Of(options),
            },
            ProviderChoice.Of(options));
    }

    [Theory]
    [InlineData("LMStudio", "lmstudio", "http://localhost:1234/v1")]
    [InlineData("ollama", "ollama", "http://localhost:11434/v1")]
    public void A_named_provider_without_an_address_is_on_its_usual_port(string word, string name, string address)
    {
        var provider = ProviderChoice.Of(new LlmOptions { Provider = word });

        Assert.Equal((name, address, "qwen2.5-14b"), (provider!.Name, provider.BaseAddress.ToString(), provider.Model));
    }

    [Fact]
    public void Without_a_name_the_first_address_counts()
    {
        Assert.Equal("lmstudio", ProviderChoice.Of(new LlmOptions { LmStudioBaseUrl = Studio, OllamaBaseUrl = Ollama })!.Name);
        Assert.Equal("ollama", ProviderChoice.Of(new LlmOptions { OllamaBaseUrl = Ollama, OpenClawUrl = Vllm })!.Name);
        Assert.Equal("openclaw", ProviderChoice.Of(new LlmOptions { OpenClawUrl = Vllm })!.Name);
        Assert.Equal("openclaw", ProviderChoice.Of(new LlmOptions { OpenClawUrl = Vllm, AnthropicApiKey = "k" })!.Name);
        Assert.Equal("openai", ProviderChoice.Of(new LlmOptions { BaseUrl = new Uri("https://api.openai.com") })!.Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("anthropic")]
    public void Anthropic_is_chosen_by_its_name_or_by_its_key_alone(string? word)
    {
        var options = new LlmOptions { Provider = word, AnthropicApiKey = "k", AnthropicModel = "claude-x" };

        Assert.Equal(
            new Provider("anthropic", new Uri("https://api.anthropic.com/v1"), "the configuration", "k", "ANTHROPIC_API_KEY", "claude-x")
            {
                Kind = ProviderKind.Anthropic,
                Limits = ChatLimits.Of(options),
            },
            ProviderChoice.Of(options));
    }

    [Fact]
    public void Neither_key_nor_path_is_shown()
    {
        var provider = ProviderChoice.Of(new LlmOptions { BaseUrl = new Uri("http://user:pass@gpu:8000/secret/path"), ApiKey = "sk-1" })!;

        Assert.Equal("openai-compatible at http://gpu:8000", provider.ToString());
        Assert.Equal("http://gpu:8000", new ProviderState(provider, provider.Model).Report().Endpoint);
    }
}
