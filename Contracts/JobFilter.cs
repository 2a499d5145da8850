using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Contracts;

/// <summary>
/// Which jobs: the query of <c>GET /api/v1/jobs</c>, and the body of the bulk routes, where an empty one is refused. Conditions are joined by "and".
/// </summary>
public sealed record JobFilter
{
    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? OwnerService { get; init; }

    [StringLength(256), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? OwnerRef { get; init; }

    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? TaskType { get; init; }

    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? ModelProfile { get; init; }

    public JobStatus? Status { get; init; }
    public JobPriority? Priority { get; init; }

    [StringLength(64), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? ErrorCategory { get; init; }

    public DateTimeOffset? CreatedAfter { get; init; }
    public DateTimeOffset? CreatedBefore { get; init; }

    public bool IsEmpty() => this == new JobFilter();
}

/// <summary>One page of jobs, newest first, without input and result.</summary>
/// <param name="NextCursor">Pass it as <c>cursor</c> for the next page; null on the last.</param>
public sealed record JobPage(IReadOnlyList<JobView> Jobs, string? NextCursor);

/// <summary>Answer of the bulk routes.</summary>
/// <param name="Count">How many jobs were changed.</param>
public sealed record BulkAnswer(int Count);
