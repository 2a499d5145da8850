using System.ComponentModel.DataAnnotations;

namespace AiPlatform.WorkerRuntime;

/// <summary>Each entry is a level, alone or for a task type, and none is said twice.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class PreemptibleAttribute : ValidationAttribute
{
    const string Expected = "must be low, normal or none, alone or after a task type and '=', such as low,llm_chat=normal.";

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        HashSet<string> taskTypes = [];
        foreach (var (i, entry) in ((IReadOnlyList<string>)value!).Index())
        {
            if (!PreemptionRules.TryParse(entry, out var taskType, out _))
            {
                return Refuse($"entry {i + 1} {Expected}", validationContext);
            }
            if (!taskTypes.Add(taskType))
            {
                var what = taskType.Length == 0 ? "the level for all task types" : $"task type {taskType}";
                return Refuse($"entry {i + 1} repeats {what}.", validationContext);
            }
        }
        return ValidationResult.Success;
    }

    static ValidationResult Refuse(string reason, ValidationContext context) => new(reason, [context.MemberName ?? ""]);
}
