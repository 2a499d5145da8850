namespace AiPlatform.Contracts;

/// <summary>The two switches that keep waiting jobs from starting. A job starts only where neither is set; neither touches jobs in hand.</summary>
public enum HaltKind
{
    /// <summary>By pause, until resume.</summary>
    Paused,

    /// <summary>By stop, until start.</summary>
    Stopped,
}

/// <summary>A switch that is set.</summary>
/// <param name="TaskType"><c>*</c> for every one, also those that no job has yet.</param>
/// <param name="ModelProfile">As the task type.</param>
/// <param name="Since">When it was set; setting it again changes nothing.</param>
public sealed record QueueHalt(HaltKind Kind, string TaskType, string ModelProfile, DateTimeOffset Since)
{
    /// <summary>Whether it is about the whole queue.</summary>
    public bool IsOfEverything() => TaskType == QueueScope.Every && ModelProfile == QueueScope.Every;

    /// <summary>Whether it keeps any job of the scope from starting.</summary>
    public bool Touches(string? taskType, string? modelProfile) => Meets(TaskType, taskType) && Meets(ModelProfile, modelProfile);

    static bool Meets(string own, string? other) => own == QueueScope.Every || other is null or QueueScope.Every || own == other;
}
