using AiPlatform.Testing;

namespace AiPlatform.Jobs.Tests;

/// <summary>Servers for one class whose tests stop and kill them, one test at a time.</summary>
public sealed class OwnStores : IAsyncLifetime
{
    Stores? _stores;

    public Stores Stores => _stores ?? throw new InvalidOperationException("The fixture was not initialized.");

    public async ValueTask InitializeAsync() => _stores = await Stores.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _stores?.DisposeAsync() ?? ValueTask.CompletedTask;
}
