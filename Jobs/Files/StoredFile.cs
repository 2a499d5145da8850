namespace AiPlatform.Jobs;

/// <summary>A file that a caller keeps here, or that was made for one.</summary>
/// <param name="Purpose">The caller's word; <c>batch_output</c> of a file that a batch has made.</param>
/// <param name="ExpiresAt">Not before; a job that names the file and is open moves it on.</param>
public sealed record StoredFile(
    Guid Id, string OwnerService, string Purpose, string Filename, long Bytes, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>The purpose of files that batches read.</summary>
    public const string Batch = "batch";

    /// <summary>The purpose of files that batches have made.</summary>
    public const string BatchOutput = "batch_output";

    /// <summary>The purpose of audio for transcriptions. A list shows it only to who asks for it. A file of it that has the id of a job was made for that job
    /// alone: it stays while the job is open, and goes once that has completed or was cancelled, unless another names it.</summary>
    public const string Audio = "audio";
}

/// <summary>What the files of an owner take.</summary>
/// <param name="FreesAt">When the time of the first whole one is over; null where there are none.</param>
public readonly record struct FileUse(long Bytes, DateTimeOffset? FreesAt);

public enum FileRemoval
{
    Removed,
    NotFound,

    /// <summary>A batch that has not ended reads it, or, where nobody has asked for its removal, a job needs it. It stays.</summary>
    InUse,
}
