using AiPlatform.Testing;

namespace AiPlatform.Api.Tests;

/// <summary>One API that asks for a token.</summary>
public sealed class ClosedApiFixture(Stores stores) : IAsyncLifetime
{
    public const string Token = "a-token-of-some-length";

    RunningApi? _api;

    public RunningApi Api => _api ?? throw new InvalidOperationException("The fixture was not initialized.");

    public async ValueTask InitializeAsync() => _api = await RunningApi.StartAsync(stores, $"AI_SERVICE_TOKEN={Token}");

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
            await _api.DisposeAsync();
    }
}
