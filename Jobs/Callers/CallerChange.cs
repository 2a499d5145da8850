namespace AiPlatform.Jobs;

/// <summary>What became of a change of a caller. Where it is not <see cref="Done"/>, nothing was changed.</summary>
public abstract record CallerChange
{
    CallerChange()
    {
    }

    public sealed record Done(StoredCaller Caller) : CallerChange;

    public sealed record NotFound : CallerChange;

    /// <summary>The caller has no such token that is not revoked.</summary>
    public sealed record NoSuchToken : CallerChange;

    public sealed record NameTaken(StoredCaller By) : CallerChange;

    /// <summary>Only <c>CALLERS_FILE</c> changes it.</summary>
    public sealed record OfFile : CallerChange;

    public sealed record Revoked : CallerChange;

    /// <summary>An owner service would belong to more than one tenant.</summary>
    public sealed record TenantConflict(string OwnerService, IReadOnlyList<string> Callers) : CallerChange
    {
        /// <summary>What follows the name of the owner service.</summary>
        public string Why =>
            $"({string.Join(", ", Callers)}) would belong to different tenants; it belongs to one at most, until an administrator takes it from that.";
    }

    /// <summary>As nobody is asked for a token yet, the first caller has to be an administrator that stays.</summary>
    public sealed record FirstIsNoAdmin : CallerChange;

    /// <summary>Nobody could administer any more.</summary>
    public sealed record LastAdmin : CallerChange;

    /// <summary>There are <see cref="CallerStore.MostCallers"/>.</summary>
    public sealed record TooMany : CallerChange;

    /// <summary>It has <see cref="CallerStore.MostTokens"/> that have not ended.</summary>
    public sealed record TooManyTokens : CallerChange;
}
