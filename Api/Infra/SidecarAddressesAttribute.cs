using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Api.Infra;

/// <summary>Each entry is the address of a sidecar, and none is named twice: its GPUs would be reported twice.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class SidecarAddressesAttribute : ValidationAttribute
{
    const int Limit = 32;

    const string Expected = "must be an http or https address without a password, such as http://gpu1:8082 or gpu1=http://gpu1:8082.";

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (value is not IReadOnlyList<string> entries)
            return ValidationResult.Success;
        if (entries.Count > Limit)
            return Refuse($"at most {Limit} sidecars can be asked.", validationContext);

        HashSet<string> names = [];
        HashSet<Uri> addresses = [];
        for (var i = 0; i < entries.Count; i++)
        {
            if (!SidecarAddress.TryParse(entries[i], out var sidecar))
                return Refuse($"entry {i + 1} {Expected}", validationContext);
            if (!names.Add(sidecar.Name) || !addresses.Add(sidecar.Status))
                return Refuse($"entry {i + 1} repeats a name or an address.", validationContext);
        }
        return ValidationResult.Success;
    }

    static ValidationResult Refuse(string reason, ValidationContext context) => new(reason, [context.MemberName ?? ""]);
}
