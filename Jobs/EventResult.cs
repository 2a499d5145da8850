namespace AiPlatform.Jobs;

/// <summary>What became of a call to a job's events.</summary>
public enum EventResult
{
    Done,

    /// <summary>Redis is away, or was on the way: it may or may not have been done.</summary>
    Dropped,

    /// <summary>A later claim of the job has come: the caller has lost its lease.</summary>
    Stale,
}
