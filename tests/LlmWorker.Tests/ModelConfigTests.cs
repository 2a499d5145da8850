using System.Text;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>What the configuration file means, and what is said of a wrong one.</summary>
public sealed class ModelConfigTests
{
    const string Two = """
        {
          // Comments are allowed.
          "providers": {
            "gpu": { "kind": "vllm", "base_url": "http://gpu-1:8000", "api_key_env": "GPU_KEY", "model": "qwen2.5-14b", "idle_timeout": "5s" },
            "ollama": {},
          },
          "groups": {
            "quality": { "deployments": [{ "provider": "gpu", "model": "qwen2.5-72b", "max_context_tokens": 32768, "concurrency": 4 }, { "provider": "ollama" }] },
            "fast": { "deployments": [{ "provider": "gpu" }] }
          },
          "profiles": { "default": "fast", "qwen2.5-14b": "fast" },
          "fallbacks": { "quality": ["fast"] }
        }
        """;

    [Fact]
    public void Providers_groups_and_profiles_are_read()
    {
        var options = new LlmOptions();
        var config = Good(Two, options, name => name == "GPU_KEY" ? "sk-1\n" : null);

        Assert.Equal(["default", "quality", "fast", "qwen2.5-14b"], config.Profiles.Keys);
        Assert.Equal(("fast", "quality", "fast"), (config.GroupOf("default")!.Name, config.GroupOf("quality")!.Name, config.GroupOf("qwen2.5-14b")!.Name));
        Assert.Null(config.GroupOf("other"));
        Assert.Equal(16, config.GroupOf("fast")!.Deployments[0].Concurrency);
        // The active one first, with the model that most jobs are sent to.
        Assert.Equal([("gpu", "qwen2.5-14b"), ("ollama", "qwen2.5-14b")], config.Providers.Select(provider => (provider.Name, provider.Model)));
        Assert.Equal(["fast"], config.GroupOf("quality")!.Fallbacks);
        Assert.Empty(config.GroupOf("fast")!.Fallbacks);
        Assert.Equal([(32768, 4), (null, 1)], config.GroupOf("quality")!.Deployments.Select(deployment => (deployment.MaxContextTokens, deployment.Concurrency)));
        Assert.Equal(
            [
                new Provider("gpu", new Uri("http://gpu-1:8000/v1"), "providers.gpu.base_url", "sk-1", "GPU_KEY", "qwen2.5-72b")
                {
                    Kind = ProviderKind.Vllm,
                    Continues = true,
                    Limits = ChatLimits.Of(options) with { Idle = new(TimeSpan.FromSeconds(5), "providers.gpu.idle_timeout") },
                },
                new Provider("ollama", new Uri("http://localhost:11434/v1"), "providers.ollama.base_url", null, "providers.ollama.api_key", "qwen2.5-14b")
                {
                    Kind = ProviderKind.Ollama,
                    Limits = ChatLimits.Of(options),
                },
            ],
            config.GroupOf("quality")!.Deployments.Select(deployment => deployment.Provider));
    }

    [Fact]
    public void The_environment_overrides_the_provider_of_its_name()
    {
        var config = Good(Two, new LlmOptions { OllamaBaseUrl = new Uri("http://other:1"), OllamaApiKey = "k", OllamaModel = "llama3" });

        var ollama = config.GroupOf("quality")!.Deployments[1].Provider;
        Assert.Equal(
            ("http://other:1/v1", "OLLAMA_BASE_URL", "k", "OLLAMA_API_KEY", "llama3"),
            (ollama.BaseAddress.ToString(), ollama.AddressSetting, ollama.ApiKey, ollama.KeySetting, ollama.Model));
    }

    [Theory]
    [InlineData("gpu", null, "gpu", "http://gpu-1:8000/v1", "qwen2.5-14b")]
    [InlineData("LMStudio", null, "lmstudio", "http://localhost:1234/v1", "m")]
    [InlineData("gpu", "http://first:1", "openai-compatible", "http://first:1/v1", "m")]
    public void The_active_provider_is_that_of_the_environment(string chosen, string? baseUrl, string name, string address, string model)
    {
        var config = Good(Two, new LlmOptions { Provider = chosen, BaseUrl = baseUrl is null ? null : new Uri(baseUrl), Model = "m" });

        var provider = Assert.Single(config.GroupOf("default")!.Deployments).Provider;
        Assert.Equal((name, address, model), (provider.Name, provider.BaseAddress.ToString(), provider.Model));
        Assert.Equal(["default", "quality", "fast", "qwen2.5-14b"], config.Profiles.Keys);
    }

    [Fact]
    public void Without_profiles_the_first_group_is_the_default_and_without_groups_the_first_provider()
    {
        const string grouped = """{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"provider":"a"}]}}}""";
        Assert.Equal("g", Good(grouped, new LlmOptions()).GroupOf("default")!.Name);
        Assert.Equal("a", Good("""{"providers":{"a":{"base_url":"http://a"},"b":{"base_url":"http://b"}}}""", new LlmOptions()).GroupOf("default")!.Name);
    }

    [Fact]
    public void The_model_that_embeds_is_a_profile_too()
    {
        var config = ModelConfig.FromEnvironment(new LlmOptions { Provider = "ollama", EmbeddingModel = "bge" });

        Assert.Equal(["default", "qwen2.5-14b", "bge"], config.Profiles.Keys);
        Assert.Equal("bge", Assert.Single(config.GroupOf("bge")!.Deployments).Provider.Model);
        Assert.Null(ModelConfig.FromEnvironment(new LlmOptions { EmbeddingModel = "bge" }).GroupOf("bge"));
    }

    [Fact]
    public void Without_a_file_it_is_as_the_environment_says()
    {
        var config = ModelConfig.FromEnvironment(new LlmOptions { Provider = "ollama", OllamaModel = "llama3" });

        Assert.Equal(["default", "qwen2.5-14b", "llama3"], config.Profiles.Keys);
        Assert.All(config.Profiles.Keys, profile => Assert.Equal("ollama", Assert.Single(config.GroupOf(profile)!.Deployments).Provider.Name));
        Assert.Null(ModelConfig.FromEnvironment(new LlmOptions()).GroupOf("default"));
    }

    [Theory]
    [InlineData("{", "it is not JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed. LineNumber: 0 | BytePositionInLine: 1.")]
    [InlineData("[]", "the file is an empty list: an object is expected.")]
    [InlineData("{}", "providers is missing: at least one is expected.")]
    [InlineData("""{"providers":{}}""", "providers is an object: at least one provider is expected.")]
    [InlineData("""{"providers":{"a b":{"base_url":"http://a"}}}""",
        "providers has the name 'a b': letters, digits, '.', '_' and '-' are expected, at most 64.", "providers is an object: at least one provider is expected.")]
    [InlineData("""{"providers":{"a":{}}}""", "providers.a.base_url is missing: the address of the server is expected, such as http://gpu-1:8000/v1.")]
    [InlineData("""{"providers":{"a":{"base_url":"ftp://user:secret@a"}}}""",
        "providers.a.base_url is 'ftp://***@a': an absolute http or https address is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a","url":"x","kind":"gpt"}}}""",
        "providers.a.url is not known: kind, base_url, api_key, api_key_env, model, max_tokens, continues, connect_timeout, first_token_timeout, idle_timeout, timeout, ssl_verify, ca_bundle, client_certificate, client_key are.",
        "providers.a.kind is 'gpt': one of anthropic, lmstudio, ollama, openai, openai-compatible, openclaw, vllm is expected.")]
    [InlineData("""{"providers":{"a":{"kind":"anthropic","continues":true},"b":{"kind":"vllm","base_url":"http://b","continues":"no"}}}""",
        "providers.a.continues is true: false is expected: Anthropic's models cannot be given the beginning of their answer.",
        "providers.b.continues is 'no': true or false is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a","api_key":"sk-1 2"}}}""",
        "providers.a.api_key is not valid: text of printable ASCII characters without blanks is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a","api_key_env":"sk-secret"}}}""",
        "providers.a.api_key_env is not valid: the name of an environment variable is expected, of letters, digits and '_', at most 128.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a","model":"\ud800"}}}""", "a text in it is half of a character, such as \"\\ud800\" alone.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a","idle_timeout":"5","timeout":30,"first_token_timeout":"2h"}}}""",
        "providers.a.first_token_timeout is '2h': a duration from 100ms to 1h is expected.",
        "providers.a.idle_timeout is '5': a duration from 100ms to 1h is expected.",
        "providers.a.timeout is 30: a duration from 1s to 24h is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a","timeout":"30s"}}}""",
        "providers.a.timeout is '30s': the time to the first token (LLM_FIRST_TOKEN_TIMEOUT) is part of the whole (providers.a.timeout) and cannot be longer.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"provider":"b"},{"model":"m"},7]},"h":{"deployments":[]},"i":{}}}""",
        "groups.g.deployments[0].provider is 'b': one of the providers is expected: a.",
        "groups.g.deployments[1].provider is missing: the name of one of the providers is expected.",
        "groups.g.deployments[2] is 7: an object is expected.",
        "groups.h.deployments is an empty list: a list of at least one object with 'provider' is expected.",
        "groups.i.deployments is missing: a list of objects with 'provider' and, if wanted, 'model' is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a"}},"profiles":{"p":"g","q":5}}""",
        "profiles.p is 'g': one of the groups is expected: there are none.", "profiles.q is 5: text of 1 to 128 characters is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"provider":"a","max_context_tokens":0,"concurrency":"4"}]}}}""",
        "groups.g.deployments[0].max_context_tokens is 0: a whole number from 1 to 100000000 is expected.",
        "groups.g.deployments[0].concurrency is '4': a whole number from 1 to 10000 is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a"}},"groups":{"g":{"deployments":[{"provider":"a"}]},"h":{"deployments":[{"provider":"a"}]}},"fallbacks":{"g":["h","h","g"],"x":["g"],"h":[]}}""",
        "fallbacks.g[1] is 'h': another group is expected: there are none.", "fallbacks.g[2] is 'g': another group is expected: there are none.",
        "fallbacks.x is a list: 'x' is none of the groups: g, h.", "fallbacks.h is an empty list: a list of groups is expected.")]
    [InlineData("""{"providers":{"a":{"base_url":"http://a"},"a":{"base_url":"http://b"}}}""",
        "it is not JSON: Duplicate property 'a' encountered during deserialization.")]
    public void A_wrong_file_is_told_by_path_value_and_what_is_allowed(string file, params string[] errors)
    {
        var reading = ModelConfigFile.Parse(Encoding.UTF8.GetBytes(file), new LlmOptions(), _ => null);

        Assert.Null(reading.Config);
        Assert.Equal(errors, reading.Errors);
    }

    [Fact]
    public void The_examples_of_the_document_are_valid()
    {
        var page = new PageExamples("models.md");
        var (_, file) = Assert.Single(page.Blocks);
        var group = Assert.Single(page.Text.Split('`'), text => text.StartsWith("\"search\": {", StringComparison.Ordinal));
        var config = Good(file, new LlmOptions());
        var larger = Good(file.Replace("\"groups\": {", $"\"groups\": {{ {group},", StringComparison.Ordinal), new LlmOptions());

        Assert.Equal(["default", "quality", "fast", "call_analysis"], config.Profiles.Keys);
        Assert.Equal(["default", "search", "quality", "fast", "call_analysis"], larger.Profiles.Keys);
    }

    [Fact]
    public void An_unknown_active_provider_is_told()
    {
        var reading = ModelConfigFile.Parse(Encoding.UTF8.GetBytes(Two), new LlmOptions { Provider = "gpt" }, _ => null);

        Assert.Equal(["AI_PROVIDER is 'gpt': one of the file's providers is expected (gpu, ollama), or of lmstudio, ollama, anthropic."], reading.Errors);
    }

    static ModelConfig Good(string file, LlmOptions options, Func<string, string?>? variables = null)
    {
        var reading = ModelConfigFile.Parse(Encoding.UTF8.GetBytes(file), options, variables ?? (_ => null));
        Assert.Empty(reading.Errors);
        return reading.Config!;
    }
}
