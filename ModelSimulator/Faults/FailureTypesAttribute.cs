using System.ComponentModel.DataAnnotations;

namespace AiPlatform.ModelSimulator.Faults;

/// <summary>Each entry of the list names one of <see cref="FailureTypes"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class FailureTypesAttribute : ValidationAttribute
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        ((IReadOnlyList<string?>)value!).Except(FailureTypes.Names).Select(name => name ?? "null").FirstOrDefault() is { } unknown
            ? new ValidationResult($"The field {validationContext.DisplayName} has '{unknown}'; of: {string.Join(", ", FailureTypes.Names)}.")
            : ValidationResult.Success;
}
