using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.WorkerRuntime;

/// <summary>One run of one job: the claimed job, its cancellation, and what is told of it while it runs.</summary>
public sealed class Attempt : IDisposable
{
    readonly ProgressWriter progress;
    readonly TokenWriter tokens;
    readonly JobCheckpoints checkpoints;
    readonly TaskCompletionSource handlerEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Attempt(ClaimedJob job, AttemptCancellation cancellation, HeldLease lease, ProgressWriter progress, TokenWriter tokens, JobCheckpoints checkpoints,
        IDisposable? place)
    {
        Job = job;
        Fence = JobFence.Of(job);
        Cancellation = cancellation;
        Lease = lease;
        Place = place;
        this.progress = progress;
        this.tokens = tokens;
        this.checkpoints = checkpoints;
    }

    public ClaimedJob Job { get; }

    public JobFence Fence { get; }

    public AttemptCancellation Cancellation { get; }

    /// <summary>What <see cref="IJobHandler.Admit"/> gave.</summary>
    public IDisposable? Place { get; }

    internal HeldLease Lease { get; }

    /// <summary>The provider asked last, and its model; null before.</summary>
    internal string? AskedProvider { get; private set; }

    internal string? AskedModel { get; private set; }

    /// <summary>Completes when the handler has come back, or is no longer waited for. The outcome may still have to be recorded.</summary>
    internal Task HandlerEnded => handlerEnded.Task;

    /// <summary>Told to stop, or done but for its outcome.</summary>
    internal bool IsEnding => HandlerEnded.IsCompleted || Cancellation.Reason is not null;

    /// <summary>Shows the job's progress to whoever looks at it. Cheap to call often: the latest report is written at most once a second.</summary>
    /// <param name="report">Any JSON; at most 64 KiB.</param>
    public void ReportProgress(JsonElement report) => progress.Report(report);

    /// <summary>
    /// Adds a piece of generated text to the job's event stream and returns at once. While one write is under way the text that arrives is
    /// collected and goes with the next: one by one at low load, in batches at high load.
    /// </summary>
    public void AppendToken(string text) => tokens.Append(new TextPiece(text));

    /// <summary>The same, with what another run has to know of the text to go on with it.</summary>
    public void AppendText(TextPiece piece) => tokens.Append(piece);

    /// <summary>Notes who is asked, for the line that is logged of the outcome.</summary>
    public void Asks(string provider, string? model) => (AskedProvider, AskedModel) = (provider, model);

    /// <summary>What earlier runs of the job have told those who watch it; null where nothing. To be asked before any text is appended.</summary>
    public async Task<EarlierText?> TakeEarlierTextAsync(CancellationToken cancellationToken) =>
        Job.HasRunBefore ? await tokens.TakeOverAsync(cancellationToken) : null;

    /// <summary>Tells those who watch that this run goes on with earlier text: what is appended from now on follows it.</summary>
    /// <returns>False where they may not have been told: then <see cref="RestartText"/>, and begin anew.</returns>
    public Task<bool> ContinueTextAsync(EarlierText earlier, CancellationToken cancellationToken) => tokens.ContinueAsync(earlier, cancellationToken);

    /// <summary>Tells those who watch that the text so far is void: what is appended from now on begins anew.</summary>
    public void RestartText() => tokens.Restart();

    /// <summary>Commits a piece of the job's work that is done, so that the next run need not do it again, should this one end early.</summary>
    /// <exception cref="OperationCanceledException">The job is no longer this run's: it is cancelled.</exception>
    /// <exception cref="StoreUnavailableException">It may not have been saved. The run can go on.</exception>
    public async Task SaveAsync(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        if (!await checkpoints.SaveAsync(Fence, checkpoint, cancellationToken))
        {
            Cancellation.Cancel(CancellationReason.LeaseLost);
            Cancellation.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>What earlier runs of the job have saved.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be known now.</exception>
    public async Task<IReadOnlyList<Checkpoint>> SavedAsync(CancellationToken cancellationToken) => await checkpoints.ReadAsync(JobScope.All, Job.Id, cancellationToken);

    /// <summary>Waits until the text appended so far is written or given up, and reports nothing more.</summary>
    internal async Task EndReportsAsync(TimeSpan limit)
    {
        await tokens.FlushAsync(limit);
        await progress.StopAsync();
    }

    internal void EndHandler() => handlerEnded.TrySetResult();

    /// <summary>Tells those who watch that the run was aborted for another job.</summary>
    internal Task EndPreemptedAsync(TimeSpan limit) => tokens.EndPreemptedAsync(limit);

    public void Dispose()
    {
        EndHandler();
        Place?.Dispose();
        Lease.Dispose();
        progress.Dispose();
    }
}
