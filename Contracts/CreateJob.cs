using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Body of <c>POST /api/v1/jobs</c>.</summary>
public sealed record CreateJob
{
    /// <summary>The profile of a job whose caller named none: every worker of the task type serves it on its default model.</summary>
    public const string DefaultProfile = "default";

    /// <summary>At most this many attempts may be asked for.</summary>
    public const int MostAttempts = 100;

    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? TenantId { get; init; }

    [Required, StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? OwnerService { get; init; }

    [StringLength(256), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? OwnerRef { get; init; }

    [Required, StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? TaskType { get; init; }

    /// <value>Default <c>default</c>.</value>
    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? ModelProfile { get; init; }

    /// <value>Default <c>normal</c>.</value>
    public JobPriority? Priority { get; init; }

    /// <value>Default 3.</value>
    [Range(1, MostAttempts)]
    public int? MaxAttempts { get; init; }

    /// <summary>Any JSON value; its form is a matter between caller and worker.</summary>
    [Required]
    public JsonElement? Input { get; init; }

    /// <summary>Start no earlier than this.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>Never start later than this; must be after <c>run_at</c>.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>The same key from the same owner returns the first job; with another body the request is refused (409).</summary>
    [StringLength(256), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? IdempotencyKey { get; init; }

    /// <summary>Told of the final state by a signed POST; absolute http or https, and public unless the service allows its host.</summary>
    public Uri? CallbackUrl { get; init; }

    /// <summary>How long the finished job is kept, such as <c>72h</c>; at most, and by default, the service's own retention.</summary>
    [StringLength(32)]
    public string? ResultTtl { get; init; }
}
