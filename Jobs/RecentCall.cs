namespace AiPlatform.Jobs;

/// <summary>A call as <see cref="RecentCalls"/> knows it.</summary>
public sealed record RecentCall(Guid Job, CallState State);

/// <summary>How the caller of a job stands.</summary>
public enum CallState
{
    /// <summary>A living process serves it.</summary>
    Served,

    /// <summary>It has its answer.</summary>
    Answered,

    /// <summary>It is gone, or its process, or was told to ask again.</summary>
    Lost,
}
