using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>A worker with a configuration file.</summary>
public sealed class ModelConfigJobTests(Stores stores)
{
    [Fact]
    public async Task A_job_runs_on_the_model_of_its_profile()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_MODELS=big,small");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile($$"""
            {
              "providers": { "gpu": { "kind": "vllm", "base_url": "{{simulator.Address}}" } },
              "groups": {
                "quality": { "deployments": [{ "provider": "gpu", "model": "big" }] },
                "fast": { "deployments": [{ "provider": "gpu", "model": "small" }] }
              },
              "profiles": { "default": "fast", "analysis": "quality" }
            }
            """);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        foreach (var (profile, model) in new[] { ("default", "small"), ("fast", "small"), ("quality", "big"), ("analysis", "big") })
        {
            var result = (await caller.FinalAsync(await caller.SubmitAsync(profile: profile))).ChatResult();
            Assert.Equal((model, "gpu"), (result.Model, result.Provider));
        }
        Assert.Equal(["default", "quality", "fast", "analysis"], (await worker.StatusAsync()).ModelProfiles);
    }

    [Fact]
    public async Task A_result_says_which_group_answered()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile($$"""
            {
              "providers": { "gpu": { "base_url": "{{simulator.Address}}" }, "down": { "base_url": "http://127.0.0.1:1" } },
              "groups": { "quality": { "deployments": [{ "provider": "down" }] }, "fast": { "deployments": [{ "provider": "gpu" }] } },
              "fallbacks": { "quality": ["fast"] }
            }
            """);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        var result = (await caller.FinalAsync(await caller.SubmitAsync(profile: "quality"))).ChatResult();
        Assert.Equal(("gpu", "fast", "quality->fast", 1), (result.Provider, result.ModelGroup, result.Fallback, result.Attempts));

        var forbidden = await caller.FinalAsync(await caller.SubmitAsync("""{"user":"Hi","fallback":false}""", profile: "quality", attempts: 1));
        Assert.Equal("provider_error", forbidden.Error?.Category);
    }

    [Fact]
    public async Task A_prompt_too_long_for_one_vLLM_goes_to_one_that_says_it_has_a_longer_context()
    {
        await using var small = await Simulator.StartAsync("--SIMULATOR_MAX_MODEL_LEN=64", "--SIMULATOR_KV_BLOCKS=64");
        await using var large = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile($$"""
            {
              "providers": { "small": { "kind": "vllm", "base_url": "{{small.Address}}" }, "large": { "kind": "vllm", "base_url": "{{large.Address}}" } },
              "groups": { "fast": { "deployments": [{ "provider": "small" }] }, "quality": { "deployments": [{ "provider": "large" }] } },
              "fallbacks": { "fast": ["quality"] }
            }
            """);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));
        // The probes have told how long their contexts are.
        await Eventually.That(
            async () => Assert.All((await worker.StatusAsync()).Providers, provider => Assert.Contains("qwen2.5-14b", provider.Models)),
            TestContext.Current.CancellationToken);

        var job = await caller.FinalAsync(await caller.SubmitAsync($$"""{"user":"{{string.Join(' ', Enumerable.Repeat("word", 200))}}","max_tokens":5}"""));

        Assert.Equal(("large", "fast->quality", 1), (job.ChatResult().Provider, job.ChatResult().Fallback, job.Attempt));
    }

    [Fact]
    public async Task A_wrong_file_stops_the_start_and_all_its_mistakes_are_told()
    {
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile("""{"providers":{"gpu":{"base_url":"gpu:8000","api_key":"a b"}},"groups":{"g":{"deployments":[]}}}""");
        await using var worker = caller.StartWorker(("LLM_CONFIG_FILE", file.Path));

        Assert.NotEqual(0, await worker.EndAsync());

        Assert.Contains(
            $"LLM_CONFIG_FILE is '{file.Path}': providers.gpu.base_url is 'gpu:8000': an absolute http or https address is expected.", worker.Output,
            StringComparison.Ordinal);
        Assert.Contains("providers.gpu.api_key is not valid", worker.Output, StringComparison.Ordinal);
        Assert.Contains("groups.g.deployments is an empty list", worker.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("a b", worker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/file.json", null, "LLM_CONFIG_FILE is '/no/such/file.json': it cannot be read (")]
    [InlineData(null, "gpt", "AI_PROVIDER is 'gpt': one of lmstudio, ollama, anthropic is expected, or LLM_CONFIG_FILE with a provider of that name.")]
    [InlineData(null, "anthropic", "AI_PROVIDER is 'anthropic', ANTHROPIC_API_KEY is not set: Anthropic's API needs a key.")]
    public async Task A_setting_that_leads_nowhere_stops_the_start(string? file, string? provider, string message)
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = caller.StartWorker(("LLM_CONFIG_FILE", file ?? ""), ("AI_PROVIDER", provider ?? ""));

        Assert.NotEqual(0, await worker.EndAsync());

        Assert.Contains(message, worker.Output, StringComparison.Ordinal);
    }
}
