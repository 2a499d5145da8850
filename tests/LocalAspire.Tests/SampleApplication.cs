using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace AiPlatform.LocalAspire.Tests;

/// <summary>An application model that a test describes itself, started and stopped.</summary>
sealed class SampleApplication : IAsyncDisposable
{
    readonly DistributedApplication _application;

    SampleApplication(DistributedApplication application) => _application = application;

    public DistributedApplication Application => _application;

    public ResourceNotificationService Notifications => _application.ResourceNotifications;

    public static async Task<SampleApplication> StartAsync(Action<IDistributedApplicationBuilder> describe, CancellationToken cancellationToken)
    {
        var builder = DistributedApplicationTestingBuilder.Create();
        describe(builder);
        var application = new SampleApplication(await builder.BuildAsync(cancellationToken));
        try
        {
            await application.Application.StartAsync(cancellationToken);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    public async Task<Dictionary<string, string>> EnvironmentOfAsync(string resource, CancellationToken cancellationToken)
    {
        await Notifications.WaitForResourceHealthyAsync(resource, cancellationToken);
        using var client = _application.CreateHttpClient(resource, "http");
        return (await client.GetFromJsonAsync<Dictionary<string, string>>("/environment", cancellationToken))!;
    }

    public string? StateOf(string resource) => Notifications.TryGetCurrentState(resource, out var now) ? now.Snapshot.State?.Text : null;

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
