using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Embeddings;

/// <summary>Embedding jobs through the queue, the real worker process and the simulator.</summary>
public sealed class EmbeddingJobTests(Stores stores)
{
    const string Task = "embedding";

    [Fact]
    public async Task Texts_are_embedded_by_the_model_of_the_profile()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile($$"""
            {
              "providers": { "gpu": { "kind": "vllm", "base_url": "{{simulator.Address}}" } },
              "groups": {
                "fast": { "deployments": [{ "provider": "gpu", "model": "qwen2.5-14b" }] },
                "search": { "deployments": [{ "provider": "gpu", "model": "BAAI/bge-m3" }] }
              }
            }
            """);
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        var result = Result(await caller.FinalAsync(await caller.SubmitAsync("""{"input":["one two","three"],"dimensions":8}""", Task, "search")));
        var chatter = await caller.FinalAsync(await caller.SubmitAsync("""{"input":"one"}""", Task, "fast"));
        var bad = await caller.FinalAsync(await caller.SubmitAsync("""{"input":[]}""", Task, "search"));

        Assert.Equal(("BAAI/bge-m3", "gpu", "search", 8, 1), (result.Model, result.Provider, result.ModelGroup, result.Dimensions, result.Attempts));
        Assert.Equal([32, 32], result.Embeddings.Select(embedding => Convert.FromBase64String(embedding).Length));
        Assert.NotEqual(result.Embeddings[0], result.Embeddings[1]);
        Assert.Equal(4, result.Usage!.Value.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal((JobStatus.Failed, "input_rejected"), (chatter.Status, chatter.Error?.Category));
        Assert.Equal((1, new JobError("invalid_input", "'input' must not be empty.")), (bad.Attempt, bad.Error));
    }

    [Fact]
    public async Task One_server_chats_with_one_model_and_embeds_with_another()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("EMBEDDING_MODEL", "BAAI/bge-m3"));

        var result = Result(await caller.FinalAsync(await caller.SubmitAsync("""{"input":"one"}""", Task)));
        var named = Result(await caller.FinalAsync(await caller.SubmitAsync("""{"input":"one"}""", Task, "BAAI/bge-m3")));
        var chat = (await caller.FinalAsync(await caller.SubmitAsync())).ChatResult();

        Assert.Equal(("BAAI/bge-m3", result.Embeddings[0]), (named.Model, named.Embeddings[0]));
        Assert.Equal(("BAAI/bge-m3", "openai-compatible", "qwen2.5-14b"), (result.Model, result.ModelGroup, chat.Model));
    }

    [Fact]
    public async Task What_is_too_much_to_be_kept_is_told_with_what_to_do()
    {
        await using var simulator = await Simulator.StartAsync("--SIMULATOR_EMBEDDING_DIMENSIONS=4096");
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("LLM_MODEL", "BAAI/bge-m3"));

        var job = await caller.FinalAsync(await caller.SubmitAsync($$"""{"input":[{{string.Join(',', Enumerable.Repeat("\"a\"", 400))}}]}""", Task));

        Assert.Equal(
            (1, new JobError(
                "invalid_input",
                "'input' has too many entries: the embeddings of 400 take 8,739,200 bytes, and 8,323,072 can be stored. Send fewer at a time.")),
            (job.Attempt, job.Error));
    }

    [Fact]
    public async Task Without_a_provider_the_job_fails_at_once()
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync();

        var job = await caller.FinalAsync(await caller.SubmitAsync("""{"input":"a"}""", Task));

        Assert.Equal((1, new JobError("provider_unconfigured", "No model provider is configured for this worker.")), (job.Attempt, job.Error));
    }

    static EmbeddingResult Result(JobView job) => job is { Status: JobStatus.Completed, Result: { } result }
        ? result.Deserialize(ContractsJson.Default.EmbeddingResult)!
        : throw new InvalidOperationException($"Job {job.Id} is {job.Status}: {job.Error}");
}
