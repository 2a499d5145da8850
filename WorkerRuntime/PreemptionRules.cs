using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using AiPlatform.Contracts;
using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>Which runs may be aborted for a job of higher priority: <see cref="WorkerOptions.Preemptible"/> and
/// <see cref="WorkerOptions.MaxPreemptions"/>.</summary>
sealed class PreemptionRules
{
    /// <summary>The most urgent priority whose runs may be aborted; null for none.</summary>
    static readonly FrozenDictionary<string, JobPriority?> Levels = new Dictionary<string, JobPriority?>
    {
        ["low"] = JobPriority.Low,
        ["normal"] = JobPriority.Normal,
        ["none"] = null,
    }.ToFrozenDictionary();

    readonly FrozenDictionary<string, JobPriority?> byTaskType;
    readonly int most;

    public PreemptionRules(IOptions<WorkerOptions> options)
    {
        most = options.Value.MaxPreemptions;
        byTaskType = options.Value.Preemptible
            .Select(entry => TryParse(entry, out var taskType, out var level)
                ? KeyValuePair.Create(taskType, level)
                : throw new InvalidOperationException($"'{entry}' passed the checks of WORKER_PREEMPTIBLE."))
            .ToFrozenDictionary();
    }

    /// <param name="taskType">Empty where the entry is for all that are not named.</param>
    public static bool TryParse(string entry, [NotNullWhen(true)] out string? taskType, out JobPriority? level)
    {
        var parts = entry.Split('=', StringSplitOptions.TrimEntries);
        taskType = parts.Length == 1 ? "" : parts[0];
        return Levels.TryGetValue(parts[^1], out level) && parts is [_] or [{ Length: > 0 }, _];
    }

    public bool IsInterruptible(ClaimedJob job) =>
        job.Preemptions < most && job.Priority >= byTaskType.GetValueOrDefault(job.TaskType, byTaskType.GetValueOrDefault("", JobPriority.Low));
}
