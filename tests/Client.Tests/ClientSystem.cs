using AiPlatform.Testing;

[assembly: AssemblyFixture(typeof(Stores))]

namespace AiPlatform.Client.Tests;

/// <summary>The API with its workers on a simulated model server, each a process, and clients of it. Its tests keep apart by task type.</summary>
public sealed class ClientSystem(Stores stores) : IAsyncLifetime
{
    /// <summary>The collection of its tests.</summary>
    public const string Name = "system";

    readonly List<ServiceProcess> _processes = [];
    AiPlatformClient? _client;
    WorkerClient? _worker;

    public AiPlatformClient Client => _client ?? throw new InvalidOperationException("The fixture was not initialized.");

    public WorkerClient Worker => _worker ?? throw new InvalidOperationException("The fixture was not initialized.");

    public Uri Address => TestApi.AddressOf(_processes[1]);

    public async ValueTask InitializeAsync()
    {
        var schema = await TestApi.NewSchemaAsync(stores);
        _processes.Add(await ServiceProcess.StartAsync(
            "ModelSimulator", new Dictionary<string, string?> { ["SIMULATOR_AUDIO_MODELS"] = "voxtral" }, TestApi.Ct, "/health"));
        var model = $"{_processes[0].Http.BaseAddress}";
        _processes.Add(await TestApi.StartAsync(stores, schema));
        _processes.Add(await TestApi.StartProcessAsync("LlmWorker", stores, schema, ("LLM_BASE_URL", $"{model}v1"), ("LLM_API_KEY", "none")));
        _processes.Add(await TestApi.StartProcessAsync(
            "TranscriptionWorker", stores, schema, ("VOXTRAL_BASE_URL", model), ("VOXTRAL_MODEL", "voxtral")));
        _client = new AiPlatformClient(TestApi.Options(Address));
        _worker = new WorkerClient(TestApi.Options(Address));
        await Eventually.That(
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Address, "health/provider"));
                using var response = await _processes[1].Http.SendAsync(request, TestApi.Ct);
                Assert.Contains("\"configured\":true", await response.Content.ReadAsStringAsync(TestApi.Ct), StringComparison.Ordinal);
            },
            TestApi.Ct);
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _worker?.Dispose();
        await Task.WhenAll(_processes.Select(process => process.DisposeAsync().AsTask()));
    }
}

[CollectionDefinition(ClientSystem.Name)]
public sealed class ClientSystemCollection : ICollectionFixture<ClientSystem>;
