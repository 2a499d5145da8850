using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

/// <summary>One API for the tests of a class; they keep apart by task type.</summary>
public sealed class ApiFixture(Stores stores) : IAsyncLifetime
{
    RunningApi? _api;

    public RunningApi Api => _api ?? throw new InvalidOperationException("The fixture was not initialized.");

    public async ValueTask InitializeAsync() => _api = await RunningApi.StartAsync(stores);

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
    }
}
