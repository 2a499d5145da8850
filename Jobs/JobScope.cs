namespace AiPlatform.Jobs;

/// <summary>Whose jobs, files, batches and counts a caller meets. What is outside is for it as if it were not there.</summary>
/// <param name="Tenant">Set only together with <paramref name="Owners"/>: the database then shows rows of no other tenant, whatever the statement asks for.</param>
/// <param name="Owners">The only owner services; null for all of them.</param>
public sealed record JobScope(string? Tenant, IReadOnlyList<string>? Owners)
{
    /// <summary>Everything there is.</summary>
    public static readonly JobScope All = new(null, null);

    /// <summary>Whether nothing is outside.</summary>
    public bool IsAll => this is { Tenant: null, Owners: null };

    /// <summary>Whether jobs of the owner are inside.</summary>
    public bool Has(string ownerService) => Owners is null || Owners.Contains(ownerService);
}
