namespace Aspire.Hosting;

/// <summary>The running system.</summary>
public class DistributedApplication : IAsyncDisposable
{
    readonly IHost _host;

    internal DistributedApplication(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public ResourceNotificationService ResourceNotifications => Runtime.Notifications;

    public ResourceCommandService ResourceCommands => new(Runtime);

    internal LocalRuntime Runtime => Services.GetRequiredService<LocalRuntime>();

    public static IDistributedApplicationBuilder CreateBuilder() => CreateBuilder([]);

    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => new DistributedApplicationBuilder(args, isTest: false);

    public Task StartAsync(CancellationToken cancellationToken = default) => _host.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken = default) => _host.StopAsync(cancellationToken);

#pragma warning disable RS0030 // Main is synchronous by Aspire's signature.
    public void Run() => RunAsync().GetAwaiter().GetResult();
#pragma warning restore RS0030

    /// <summary>Starts everything, prints the table of resources once all are healthy, and stays until Ctrl+C or SIGTERM.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        await using (this)
        {
            try
            {
                Runtime.ShowOn(Console.Out);
                await StartAsync(cancellationToken);
                await Runtime.AnnounceAsync(Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
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

    public async ValueTask DisposeAsync()
    {
        // The host stops nothing when it is only disposed, and a service provider disposes of singletons in an order of its own.
        await Runtime.DisposeAsync();
        _host.Dispose();
        GC.SuppressFinalize(this);
    }
}
