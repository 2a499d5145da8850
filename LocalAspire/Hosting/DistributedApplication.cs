using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>The running system.</summary>
public class DistributedApplication : IHost, IAsyncDisposable
{
    readonly IHost _host;
    readonly LocalRuntime _runtime;
    readonly AppHostCapture? _capture;

    internal DistributedApplication(IHost host, AppHostCapture? capture)
    {
        _host = host;
        _capture = capture;
        _runtime = host.Services.GetRequiredService<LocalRuntime>();
    }

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => _runtime.Notifications;

    public ResourceCommandService ResourceCommands => _host.Services.GetRequiredService<ResourceCommandService>();

    internal IReadOnlyCollection<IResource> Resources => _runtime.Resources;

    internal bool IsStarted => _runtime.IsStarted;

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) =>
        new DistributedApplicationBuilder(options, AppHostCapture.Current);

    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

    /// <summary>Starts everything, prints the table of resources once all are healthy, and stays until Ctrl+C or SIGTERM.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        if (_capture is not null)
        {
            // A test drives this application; its own Main has nothing more to do.
            await _capture.Finished;
            return;
        }
        _runtime.ShowOn(Console.Out);
        await using (this)
        {
            var lifetime = _host.Services.GetRequiredService<IHostApplicationLifetime>();
            try
            {
                await StartAsync(cancellationToken);
                await _runtime.AnnounceAsync(lifetime.ApplicationStopping);
            }
            catch (DistributedApplicationException exception)
            {
                await Console.Out.WriteLineAsync($"AppHost failed to start: {exception.Message}");
                Environment.ExitCode = 1;
                return;
            }
            await _host.WaitForShutdownAsync(cancellationToken);
        }
    }

#pragma warning disable RS0030 // Main and Dispose are synchronous by Aspire's signature.
    public void Run() => RunAsync().GetAwaiter().GetResult();

    public void Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }
#pragma warning restore RS0030

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _host.Dispose();
        _capture?.Dispose();
        GC.SuppressFinalize(this);
    }
}
