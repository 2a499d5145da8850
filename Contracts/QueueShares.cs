using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /queue/shares</c> and of what changes them: who gets how much of the lanes.</summary>
public sealed record QueueShares
{
    /// <summary>The lanes that are fair: owners with jobs of one priority take turns there, instead of the order of submission.</summary>
    public required IReadOnlyList<FairScope> Fair { get; init; }

    /// <summary>The owner services that are not as all others, by name.</summary>
    public required IReadOnlyList<OwnerShare> Owners { get; init; }
}

/// <summary>Lanes in which owners take turns.</summary>
/// <param name="TaskType"><c>*</c> for every one, also those that no job has yet.</param>
/// <param name="ModelProfile">As the task type.</param>
/// <param name="Since">When it was set; setting it again changes nothing.</param>
public sealed record FairScope(string TaskType, string ModelProfile, DateTimeOffset Since);

/// <summary>What an owner service may have.</summary>
/// <param name="Weight">Turns in a fair lane against an owner of weight 1.</param>
/// <param name="MostRunning">Jobs that may run at a time, of all lanes together; null for no limit.</param>
public sealed record OwnerShare(string OwnerService, double Weight, int? MostRunning);

/// <summary>Body of <c>PUT /queue/shares/owners/{owner}</c>; what was said of the owner before is replaced.</summary>
public sealed record SetOwnerShare
{
    /// <summary>Turns in a fair lane against an owner of weight 1.</summary>
    /// <value>Default 1; 0.01 to 1000.</value>
    [Range(0.01, 1_000.0)]
    public double? Weight { get; init; }

    /// <summary>Jobs that may run at a time, of all lanes together.</summary>
    /// <value>Default: no limit; 1 to 1,000,000.</value>
    [Range(1, 1_000_000)]
    public int? MostRunning { get; init; }
}

/// <summary>Body of <c>PUT /queue/fairness</c>. Without task type and profile, or with <c>*</c>, every lane. The end of a scope ends all scopes inside it; a wider one stays.</summary>
public sealed record SetFairness
{
    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? TaskType { get; init; }

    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? ModelProfile { get; init; }

    /// <summary>Whether owners take turns.</summary>
    [Required]
    public bool? Fair { get; init; }
}
