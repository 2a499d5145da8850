using AiPlatform.Testing;

namespace AiPlatform.Client.Tests;

/// <summary>An API as a process without workers, which the tests of a class have for themselves.</summary>
public sealed class UnservedApi(Stores stores) : IAsyncLifetime
{
    AiPlatformClient? _client;
    WorkerClient? _worker;
    ServiceProcess? _process;

    public AiPlatformClient Client => _client ?? throw new InvalidOperationException("The fixture was not initialized.");

    public WorkerClient Worker => _worker ?? throw new InvalidOperationException("The fixture was not initialized.");

    public ServiceProcess Process => _process ?? throw new InvalidOperationException("The fixture was not initialized.");

    public Uri Address => TestApi.AddressOf(Process);

    public string Schema { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Schema = await TestApi.NewSchemaAsync(stores);
        _process = await TestApi.StartAsync(stores, Schema);
        _client = new AiPlatformClient(TestApi.Options(Address));
        _worker = new WorkerClient(TestApi.Options(Address));
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        _worker?.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
    }
}
