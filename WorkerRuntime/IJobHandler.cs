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
