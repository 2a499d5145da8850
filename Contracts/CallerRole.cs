namespace AiPlatform.Contracts;

/// <summary>What a caller may do.</summary>
public enum CallerRole
{
    /// <summary>Create jobs, chats, files and batches, and change its own: cancel, retry, remove.</summary>
    Submit,

    /// <summary>Claim jobs of any owner and record what became of them, as an external worker does.</summary>
    Work,

    /// <summary>Read its own jobs, files, batches and counts.</summary>
    Read,

    /// <summary>Everything, of all owners: halt queues, set shares, keep the callers.</summary>
    Admin,
}
