namespace AiPlatform.Contracts;

/// <summary>A tenant, and the owner services that belong to it.</summary>
public sealed record TenantView(string Tenant, IReadOnlyList<OwnerOfTenantView> OwnerServices);

/// <param name="OwnerService">Its name.</param>
/// <param name="Callers">Those that name it and are not revoked; where there are none, and nothing of it is kept, it can be taken from the tenant.</param>
public sealed record OwnerOfTenantView(string OwnerService, IReadOnlyList<string> Callers);

/// <param name="NextCursor">For the next page; null on the last.</param>
public sealed record TenantPage(IReadOnlyList<TenantView> Tenants, string? NextCursor);
