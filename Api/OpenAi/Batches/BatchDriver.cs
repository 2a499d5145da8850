using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>Moves batches on. Every API process takes a batch that is due, one at a time, moves it a step and gives it back; a batch whose process died is
/// taken by another when its lease ends. Not a maintenance loop: those may run in a worker, which does not know how a call becomes a job.</summary>
sealed partial class BatchDriver(BatchStore batches, BatchSteps steps, ILogger<BatchDriver> log) : BackgroundService
{
    /// <summary>How often it looks for a batch that is due. Costs one probe of an index that holds only batches that have not ended.</summary>
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    /// <summary>Until a batch whose jobs are at work is looked at again.</summary>
    static readonly TimeSpan BetweenSteps = TimeSpan.FromSeconds(1);

    /// <summary>Until a batch whose step failed is tried again, so that the others are not held up.</summary>
    static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim _woken = new(0);
    bool _isStoreAway;

    /// <summary>There is a new batch, or one that has changed.</summary>
    public void Wake()
    {
        if (_woken.CurrentCount == 0)
            _woken.Release();
    }

    public override void Dispose()
    {
        _woken.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                if (!await MoveOneAsync(stoppingToken))
                    await _woken.WaitAsync(Idle, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What was in hand goes on in another process when its lease ends.
        }
    }

    /// <returns>False where none was due, or the store is away.</returns>
    async Task<bool> MoveOneAsync(CancellationToken stopping)
    {
        try
        {
            if (await batches.TakeAsync(stopping) is not { } taken)
                return false;
            var pause = await StepAsync(taken, stopping);
            await batches.GiveBackAsync(taken, pause, stopping);
            _isStoreAway = false;
            return true;
        }
        catch (StoreUnavailableException failure)
        {
            if (!_isStoreAway)
                LogStoreAway(log, failure.GetBaseException().Message);
            _isStoreAway = true;
            return false;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The process serves callers too and must not end for it; a person should look.
            LogTakingFailed(log, failure);
            return false;
        }
    }

    async Task<TimeSpan> StepAsync(TakenBatch taken, CancellationToken stopping)
    {
        try
        {
            return await steps.MoveAsync(taken, stopping) ? TimeSpan.Zero : BetweenSteps;
        }
        catch (Exception failure) when (failure is not (OperationCanceledException or StoreUnavailableException))
        {
            LogStepFailed(log, taken.Id, failure);
            return AfterFailure;
        }
    }

    [LoggerMessage(1040, LogLevel.Warning, "Batches stand still: {Reason}")]
    static partial void LogStoreAway(ILogger log, string reason);

    [LoggerMessage(1041, LogLevel.Error, "Batches could not be taken; it is tried again.")]
    static partial void LogTakingFailed(ILogger log, Exception failure);

    [LoggerMessage(1042, LogLevel.Error, "Batch {BatchId} could not be moved on; it is tried again.")]
    static partial void LogStepFailed(ILogger log, Guid batchId, Exception failure);
}
