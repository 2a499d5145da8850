using AiPlatform.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>Tells the other processes of this worker, every 10 s and at once when it changes; takes the entry out at the end.</summary>
sealed partial class WorkerReporter(
    WorkerDirectory directory, WorkerStatus status, WorkerIdentity identity, TimeProvider time, ILogger<WorkerReporter> logger) : BackgroundService
{
    // A third of the time after which the directory takes a silent worker for dead.
    static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(5);

    bool reported = true;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = new CancellationTokenSource(WriteLimit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await directory.ForgetAsync(identity.Id, end.Token);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or OperationCanceledException)
        {
            // The entry ages out by itself.
            LogNotForgotten(logger, identity.Id, failure.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await ReportAsync(stoppingToken);
            await status.ChangedAsync(Period, stoppingToken);
        }
    }

    async Task ReportAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(WriteLimit);
        try
        {
            await directory.ReportAsync(status.Report(), limit.Token);
            reported = true;
        }
        catch (Exception failure) when (StoreAbsence.Is(failure, ct))
        {
            if (reported)
            {
                LogNotReported(logger, failure.Message);
            }
            reported = false;
        }
    }

    [LoggerMessage(3010, LogLevel.Warning, "This worker's status cannot be reported for now: {Reason}")]
    static partial void LogNotReported(ILogger logger, string reason);

    [LoggerMessage(3011, LogLevel.Information, "Worker {WorkerId} is listed for another half a minute: {Reason}")]
    static partial void LogNotForgotten(ILogger logger, string workerId, string reason);
}
