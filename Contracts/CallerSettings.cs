using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Contracts;

/// <summary>What a caller may do, and how much. Also the body of <c>PUT /api/v1/admin/callers/{name}</c>, which replaces all of it.</summary>
public record CallerSettings
{
    /// <summary>The only owner service of a caller of the platform: all of them.</summary>
    public const string Every = "*";

    /// <summary>Some of submit, work, read and admin; work and admin only for callers of the platform.</summary>
    [Required, Length(1, 4), EachWord(16)]
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>Whose jobs it may submit and see, 1 to 100; the first is that of a call that names none. <c>["*"]</c> makes it one of the platform.</summary>
    [Required, Length(1, 100), EachWord(128)]
    public IReadOnlyList<string>? OwnerServices { get; init; }

    /// <summary>The task types it may submit, or claim.</summary>
    /// <value>Default every one.</value>
    [Length(1, 100), EachWord(128)]
    public IReadOnlyList<string>? TaskTypes { get; init; }

    /// <summary>The tenant that all its owner services belong to; not of a caller of the platform.</summary>
    /// <value>Default none.</value>
    [StringLength(128), RegularExpression(Words.Printable, ErrorMessage = Words.PrintableMessage)]
    public string? Tenant { get; init; }

    /// <summary>The priority of jobs that name none.</summary>
    /// <value>Default <c>normal</c>, or the highest where that is lower.</value>
    public JobPriority? DefaultPriority { get; init; }

    /// <summary>No job of it has a higher one.</summary>
    /// <value>Default <c>high</c>.</value>
    public JobPriority? HighestPriority { get; init; }

    /// <summary>Requests a second, over all processes; a pause earns as many at once as 10 s of it.</summary>
    /// <value>Default no limit; 0.01 to 100000.</value>
    [Range(0.01, 100_000.0)]
    public double? RequestRate { get; init; }

    /// <summary>Jobs of each of its owner services that may wait.</summary>
    /// <value>Default no limit; 1 to 10000000.</value>
    [Range(1, 10_000_000)]
    public int? MostWaiting { get; init; }

    /// <summary>Jobs of each of its owner services that may run at a time. Not for a caller of all of them: <c>PUT /queue/shares/owners/{owner}</c> limits an owner.</summary>
    /// <value>Default no limit; 1 to 1000000.</value>
    [Range(1, 1_000_000)]
    public int? MostRunning { get; init; }

    /// <summary>None of its tokens counts from this time on.</summary>
    /// <value>Default never.</value>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Body of <c>POST /api/v1/admin/callers</c>.</summary>
public sealed record CreateCaller : CallerSettings
{
    /// <summary>1 to 64 lower-case letters, digits, '.', '_' and '-', a letter or digit first.</summary>
    [Required, StringLength(64), RegularExpression(CallerNames.Form, ErrorMessage = CallerNames.Message)]
    public string? Name { get; init; }

    /// <summary>When its first token ends.</summary>
    /// <value>Default never.</value>
    public DateTimeOffset? TokenExpiresAt { get; init; }
}

/// <summary>A caller of <c>CALLERS_FILE</c>.</summary>
public sealed record FileCaller : CallerSettings
{
    [Required, StringLength(64), RegularExpression(CallerNames.Form, ErrorMessage = CallerNames.Message)]
    public string? Name { get; init; }

    /// <summary>Its tokens, each as <c>sha256:</c> and the 64 hexadecimal digits of its SHA-256.</summary>
    [Required, Length(1, 10)]
    public IReadOnlyList<string>? TokenHashes { get; init; }
}

/// <summary>What <c>CALLERS_FILE</c> holds.</summary>
public sealed record FileCallers
{
    [Required, Length(0, 5_000)]
    public IReadOnlyList<FileCaller>? Callers { get; init; }
}

static class CallerNames
{
    public const string Form = "^[a-z0-9][a-z0-9._-]*$";

    public const string Message = "must be lower-case letters, digits, '.', '_' and '-', a letter or digit first.";
}
