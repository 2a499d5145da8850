using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Contracts;

/// <summary>
/// What pause, resume, stop and start are about: body or query of <c>POST /queue/pause</c> and its kin. Without fields, the whole queue. Neither the
/// task type nor the profile needs to have a job yet.
/// </summary>
public sealed record QueueScope
{
    /// <summary>Stands for every task type or profile, as an absent field does.</summary>
    public const string Every = "*";

    public static readonly QueueScope Everything = new();

    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? TaskType { get; init; }

    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? ModelProfile { get; init; }
}
