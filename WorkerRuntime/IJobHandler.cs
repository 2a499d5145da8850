using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>What one kind of worker does with a job. A worker process has one handler, and runs it for several jobs at a time.</summary>
public interface IJobHandler
{
    /// <summary>Such as <c>llm</c>; see <see cref="WorkerReport.Kind"/>.</summary>
    string Kind { get; }

    /// <summary>The task types it can do; at least one.</summary>
    IReadOnlyList<string> TaskTypes { get; }

    /// <summary>The profiles it can run, now; empty for every profile.</summary>
    IReadOnlyList<string> ModelProfiles { get; }

    /// <summary>What may be started now, for each of <see cref="ModelProfiles"/>; null, always, where every job may as long as there is a slot.</summary>
    IReadOnlyList<Opening>? Openings => null;

    /// <summary>Completes when <see cref="Openings"/> may be others. Take it before them, or a change between the two is missed.</summary>
    Task OpeningsChanged => Task.CompletedTask;

    /// <summary>Takes a place for a job that was claimed and will be run, so that the next <see cref="Openings"/> know of it. Given back when the
    /// attempt has ended.</summary>
    /// <returns>See <see cref="Attempt.Place"/>; null where there are no places.</returns>
    IDisposable? Admit(ClaimedJob job) => null;

    /// <summary>
    /// Does the job, and answers <see cref="AttemptOutcome.Succeeded"/> or <see cref="AttemptOutcome.Failed"/>. An expected failure is answered,
    /// not thrown: whatever is thrown is recorded as <see cref="ErrorCategories.WorkerError"/>.
    /// </summary>
    /// <param name="cancellationToken">
    /// That of <see cref="Attempt.Cancellation"/>. Once it fires, stop and let the <see cref="OperationCanceledException"/> out: the runtime
    /// knows the reason and what it means for the job.
    /// </param>
    Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken);

    /// <summary>The providers as they are now. Called often: it must not ask them.</summary>
    IReadOnlyList<ProviderReport> ProviderReports();

    /// <summary>What is wrong with a changed configuration, so that the one before still holds; null for nothing.</summary>
    string? ConfigurationProblem => null;
}
