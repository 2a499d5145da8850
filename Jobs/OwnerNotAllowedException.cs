namespace AiPlatform.Jobs;

/// <summary>Something was to be made for an owner service that its caller does not speak for. Nothing was done.</summary>
public sealed class OwnerNotAllowedException : Exception
{
    internal OwnerNotAllowedException(string ownerService, IReadOnlyList<string> allowed)
        : base($"The caller does not speak for the owner service '{ownerService}'.") => (OwnerService, Allowed) = (ownerService, allowed);

    internal OwnerNotAllowedException(string ownerService, string tenant)
        : base($"The owner service '{ownerService}' does not belong to the tenant '{tenant}'.") => OwnerService = ownerService;

    public string OwnerService { get; }

    /// <summary>Those that the caller speaks for; null where it names the owner rightly, and that is another tenant's.</summary>
    public IReadOnlyList<string>? Allowed { get; }
}
