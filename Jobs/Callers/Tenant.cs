namespace AiPlatform.Jobs;

/// <summary>A tenant and its owner services.</summary>
public sealed record Tenant(string Name, IReadOnlyList<OwnerOfTenant> Owners);

/// <param name="Callers">Who names it and is not revoked.</param>
public sealed record OwnerOfTenant(string OwnerService, IReadOnlyList<string> Callers);

/// <summary>Whether an owner service was taken from its tenant. Where it is not <see cref="Done"/>, nothing was changed.</summary>
public abstract record OwnerRelease
{
    OwnerRelease()
    {
    }

    public sealed record Done : OwnerRelease;

    /// <summary>The tenant has no such owner service.</summary>
    public sealed record NotFound : OwnerRelease;

    /// <summary>Callers that are not revoked name it.</summary>
    public sealed record Named(IReadOnlyList<string> Callers) : OwnerRelease;

    /// <summary>There is still something of it: so much, each counted up to <see cref="TenantStore.MostCounted"/>.</summary>
    public sealed record Kept(int Jobs, int Files, int Audio, int Batches) : OwnerRelease;
}
