namespace AiPlatform.Contracts;

/// <summary>No job starts while one of a smaller number that the same worker could run is waiting.</summary>
public enum JobPriority
{
    /// <summary>Interactive work that somebody is waiting for.</summary>
    High = 1,

    /// <summary>The default.</summary>
    Normal = 3,

    /// <summary>Background work; the first to be preempted.</summary>
    Low = 5,
}
