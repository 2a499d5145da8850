using System.Collections.Concurrent;
using AiPlatform.Contracts;

namespace AiPlatform.Chaos.Tests;

/// <summary>Everything that was asked and answered, kept by the one process that is never killed. Nothing in it is changed later. Times are this
/// machine's, which are also the database's.</summary>
sealed class History(TimeProvider time)
{
    public ConcurrentQueue<Submission> Submissions { get; } = new();

    public ConcurrentQueue<Start> Starts { get; } = new();

    public ConcurrentQueue<Renewed> Renewals { get; } = new();

    public ConcurrentQueue<Report> Reports { get; } = new();

    public ConcurrentQueue<Change> Changes { get; } = new();

    public ConcurrentQueue<Pause> Pauses { get; } = new();

    public ConcurrentQueue<Execution> Executions { get; } = new();

    public ConcurrentQueue<FaultRecord> Faults { get; } = new();

    /// <summary>Answers that no fault excuses, such as a 500.</summary>
    public ConcurrentQueue<string> Defects { get; } = new();

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Ids of jobs whose creation was answered.</summary>
    public IEnumerable<Guid> Accepted => Submissions.SelectMany(submission => submission.Ids).Distinct();
}

/// <summary>A request for jobs with all its repetitions.</summary>
/// <param name="Ref">The owner_ref of its jobs, which no other request has.</param>
/// <param name="Ids">Answered with 2xx; empty where no such answer was read.</param>
/// <param name="Answers">Every set of ids that was answered, when a key made it safe to ask again.</param>
sealed record Submission(string Ref, IReadOnlyList<CreateJob> Jobs, IReadOnlyList<Guid> Ids, IReadOnlyList<Guid> Answers, int Sent);

/// <summary>A job that an external worker was given.</summary>
sealed record Start(Guid Id, Guid Token, string Worker, DateTimeOffset StartedAt, DateTimeOffset LeaseUntil, DateTimeOffset? RunAt, DateTimeOffset? Deadline);

sealed record Renewed(Guid Id, Guid Token, DateTimeOffset LeaseUntil);

/// <summary>An outcome that an external worker reported, until it was answered.</summary>
/// <param name="Status">The last answer; null where none was read.</param>
/// <param name="Said">The job's status by that answer.</param>
sealed record Report(Guid Id, Guid Token, bool Completes, int? Status, JobStatus? Said);

/// <summary>A cancel or retry.</summary>
sealed record Change(Guid Id, bool Cancels, int? Status, DateTimeOffset AnsweredAt);

/// <summary>From the answer of the pause to the request that ended it.</summary>
sealed record Pause(DateTimeOffset From, DateTimeOffset Until);

/// <summary>A chat that a built-in worker had the model server answer.</summary>
/// <param name="Number">Stands in the answer's text, so that a recorded result names its execution.</param>
sealed record Execution(int Number, string Ref, string Worker, DateTimeOffset At);

/// <param name="Path">Whose jobs show the recovery: the beginning of a worker's name; empty for all.</param>
/// <param name="HealedAt">When what was taken away was there again.</param>
sealed record FaultRecord(string Kind, string Victim, string Path, DateTimeOffset At, DateTimeOffset HealedAt);
