using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Where a worker process has the keys of its model servers from. The server refuses who has not the right one.</summary>
public sealed class KeySourceTests(Stores stores) : IDisposable
{
    const string Key = "sk-of-the-key-source-tests";

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("key-sources-");

    [Theory]
    [InlineData(Key, JobStatus.Completed)]
    [InlineData(Key + "-not", JobStatus.Failed)]
    public async Task The_variable_that_a_provider_names_may_name_a_file(string content, JobStatus end)
    {
        var file = Path.Combine(folder.FullName, "gpu-key");
        await File.WriteAllTextAsync(file, content + "\n", TestContext.Current.CancellationToken);
        await using var simulator = await SimulatorAsync();
        using var config = new ConfigFile($$"""{"providers": {"gpu": {"kind": "vllm", "base_url": "{{simulator.Address}}", "api_key_env": "GPU_KEY"} } }""");
        Assert.Equal(end, await EndAsync(("LLM_CONFIG_FILE", config.Path), ("GPU_KEY_FILE", file)));
    }

    [Theory]
    [InlineData("Development", JobStatus.Completed)]
    [InlineData("Production", JobStatus.Failed)]
    public async Task User_secrets_are_read_in_Development_alone(string environment, JobStatus end)
    {
        var secrets = folder.CreateSubdirectory(".microsoft/usersecrets/AiPlatform.LlmWorker");
        await File.WriteAllTextAsync(Path.Combine(secrets.FullName, "secrets.json"), $$"""{"LLM_API_KEY":"{{Key}}"}""", TestContext.Current.CancellationToken);
        await using var simulator = await SimulatorAsync();
        Assert.Equal(end, await EndAsync(("LLM_BASE_URL", $"{simulator.Address}"), ("HOME", folder.FullName), ("DOTNET_ENVIRONMENT", environment)));
    }

    public void Dispose() => folder.Delete(recursive: true);

    static Task<Simulator> SimulatorAsync() => Simulator.StartAsync($"--SIMULATOR_API_KEY={Key}");

    /// <summary>How a job ends whose model server asks for the key.</summary>
    async Task<JobStatus> EndAsync(params (string, string)[] settings)
    {
        await using var caller = await Caller.StartAsync(stores);
        await using var worker = await caller.WorkerAsync(settings);
        var job = await caller.FinalAsync(await caller.SubmitAsync(attempts: 1));
        Assert.DoesNotContain(Key, worker.Output, StringComparison.Ordinal);
        Assert.True(job.Status == JobStatus.Completed || job.Error?.Message.Contains("401", StringComparison.Ordinal) == true, $"{job.Error}");
        return job.Status;
    }
}
