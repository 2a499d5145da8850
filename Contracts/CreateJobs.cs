using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /api/v1/jobs/batch</c>: all jobs are created, or none.</summary>
public sealed record CreateJobs
{
    public const int MostJobs = 10_000;

    /// <summary>Taken by every job for the fields it leaves out.</summary>
    [Partial]
    public CreateJob? Defaults { get; init; }

    [Required, Length(1, MostJobs), Partial]
    public IReadOnlyList<CreateJob>? Jobs { get; init; }
}

/// <summary>Answer to a batch, in the order of the request.</summary>
/// <param name="Created">How many are new; the others were known by their idempotency key.</param>
public sealed record CreatedJobs(IReadOnlyList<Guid> Ids, int Created);
