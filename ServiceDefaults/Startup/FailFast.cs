using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.ServiceDefaults.Startup;

/// <summary>
/// A <see cref="BackgroundService"/> that fails ends the process with exit code 1, so that whatever runs the process starts it again. The host
/// of .NET 10 stops too, but exits 0 (dotnet/runtime#67146). A loop cancelled while nobody is stopping, such as by an HTTP timeout it does not
/// catch, has failed as well.
/// </summary>
sealed partial class FailFast(IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<FailFast> logger)
    : IHostedLifecycleService
{
    Task[] _watches = [];

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _watches = [.. services.GetServices<IHostedService>().OfType<BackgroundService>().Select(WatchAsync)];
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken) =>
        // A loop that outlives the shutdown timeout is the host's to report.
        Task.WhenAny(Task.WhenAll(_watches), Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        StartupFailure.EndsQuietlyOn(lifetime.ApplicationStopping);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    async Task WatchAsync(BackgroundService loop)
    {
        try
        {
            await (loop.ExecuteTask ?? Task.CompletedTask);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The normal end of a loop.
        }
        catch (Exception fault)
        {
            Environment.ExitCode = 1;
            LogLoopFailed(logger, loop.GetType().Name, fault.GetType().Name, fault.Message);
            lifetime.StopApplication();
        }
    }

    // Without the exception: the host has logged it with its stack trace already.
    [LoggerMessage(9000, LogLevel.Critical, "{Loop} failed and the process ends with exit code 1. {Error}: {Reason}")]
    private static partial void LogLoopFailed(ILogger logger, string loop, string error, string reason);
}
