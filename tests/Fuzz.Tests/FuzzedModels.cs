using AiPlatform.Testing;

namespace AiPlatform.Fuzz.Tests;

/// <summary>Workers of all kinds as processes of their own, and the model server that they ask: nothing that a request wants is without somebody to serve it.</summary>
sealed class FuzzedModels : IAsyncDisposable
{
    readonly string _config = Path.Combine(Path.GetTempPath(), $"fuzz-models-{Guid.NewGuid():N}.json");
    readonly List<ServiceProcess> _processes = [];

    /// <param name="stores">The settings of the stores, which the API has too.</param>
    public static async Task<FuzzedModels> StartAsync(Dictionary<string, string?> stores, CancellationToken ct)
    {
        var models = new FuzzedModels();
        try
        {
            await models.StartAllAsync(stores, ct);
            return models;
        }
        catch
        {
            await models.DisposeAsync();
            throw;
        }
    }

    /// <summary>What became of those that have ended by themselves; empty where all live.</summary>
    public IReadOnlyList<string> Ended => [.. _processes.Where(process => process.Exited.IsCompleted).Select(process => string.Join('\n', process.Output.TakeLast(40)))];

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        File.Delete(_config);
    }

    async Task StartAllAsync(Dictionary<string, string?> stores, CancellationToken ct)
    {
        var model = await ServiceProcess.StartAsync(
            "ModelSimulator", new Dictionary<string, string?> { ["SIMULATOR_FIRST_TOKEN_MS"] = "0", ["SIMULATOR_INTER_TOKEN_MS"] = "0" }, ct, "/health");
        _processes.Add(model);
        await File.WriteAllTextAsync(
            _config,
            $$"""
            {
              "providers": { "gpu": { "kind": "vllm", "base_url": "{{model.Http.BaseAddress}}" } },
              "groups": {
                "fuzz": { "deployments": [{ "provider": "gpu" }] },
                "embedding": { "deployments": [{ "provider": "gpu", "model": "BAAI/bge-m3" }] }
              },
              "profiles": { "default": "fuzz", "a": "fuzz" }
            }
            """,
            ct);
        var settings = new Dictionary<string, string?>(stores)
        {
            ["WORKER_CLAIM_LIMIT"] = "32",
            ["LLM_CONFIG_FILE"] = _config,
            ["VOXTRAL_BASE_URL"] = $"{model.Http.BaseAddress}",
            ["MIGRATE_ON_START"] = "false",
        };
        _processes.AddRange(await Task.WhenAll(((string[])["LlmWorker", "TranscriptionWorker"]).Select(worker => ServiceProcess.StartAsync(worker, settings, ct))));
    }
}
