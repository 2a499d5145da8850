namespace AiPlatform.Jobs;

/// <summary>A file that a caller keeps here, or that was made for one.</summary>
/// <param name="Purpose">The caller's word; <c>batch_output</c> of a file that a batch has made.</param>
public sealed record StoredFile(
    Guid Id, string OwnerService, string Purpose, string Filename, long Bytes, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

public enum FileRemoval
{
    Removed,
    NotFound,

    /// <summary>A batch that has not ended reads it. Nothing was changed.</summary>
    InUse,
}
