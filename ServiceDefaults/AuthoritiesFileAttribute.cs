using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Http;

namespace AiPlatform.ServiceDefaults;

/// <summary>The setting names a file in PEM with at least one certificate.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AuthoritiesFileAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (value is not string { Length: > 0 } file)
            return ValidationResult.Success;
        try
        {
            TrustedAuthorities.Load(file);
            return ValidationResult.Success;
        }
        catch (Exception fault) when (ReloadedFile.IsOfFile(fault))
        {
            return new ValidationResult($"a file with certificates in PEM is expected ({fault.Message.TrimEnd('.')}).", [validationContext.MemberName ?? ""]);
        }
    }
}
