using AiPlatform.Contracts;

namespace AiPlatform.Jobs;

/// <summary>Who calls, and what it may. A caller of named owner services may submit and read; work and administration are for all owners.</summary>
public sealed record Caller
{
    /// <summary>Who holds <c>AI_SERVICE_TOKEN</c>, or anybody where no token is asked for.</summary>
    public static readonly Caller Service = new() { Name = "service", Roles = [CallerRole.Admin] };

    public required string Name { get; init; }
    public required IReadOnlyList<CallerRole> Roles { get; init; }

    /// <summary>Whose jobs it may submit and see; the first is that of a call that names none. Null for every owner service.</summary>
    public IReadOnlyList<string>? OwnerServices { get; init; }

    /// <summary>The task types it may submit, or claim; null for every one.</summary>
    public IReadOnlyList<string>? TaskTypes { get; init; }

    /// <summary>Only of a caller of named owner services, all of which are the tenant's.</summary>
    public string? Tenant { get; init; }

    /// <summary>The priority of a job whose call names none.</summary>
    /// <value>Default normal.</value>
    public JobPriority DefaultPriority { get; init; } = JobPriority.Normal;

    /// <value>Default high.</value>
    public JobPriority HighestPriority { get; init; } = JobPriority.High;

    /// <summary>Requests a second, over all processes of the API; a pause earns as many at once as 10 s of it. Null for no limit.</summary>
    public double? RequestRate { get; init; }

    /// <summary>Jobs of each of its owner services that may wait; null for no limit.</summary>
    public int? MostWaiting { get; init; }

    /// <summary>Jobs of each of its owner services that may run at a time; null for no limit. Only of a caller of named owner services.</summary>
    public int? MostRunning { get; init; }

    public JobScope Scope => new(Tenant, OwnerServices);

    /// <summary>Whether it meets exactly what the other one meets.</summary>
    public bool SeesAs(Caller other) =>
        Tenant == other.Tenant && (OwnerServices is null ? other.OwnerServices is null : other.OwnerServices is { } owners && OwnerServices.Order().SequenceEqual(owners.Order()));

    /// <summary>Whether it has the role, or is an administrator.</summary>
    public bool Has(CallerRole role) => Roles.Contains(role) || Roles.Contains(CallerRole.Admin);
}
