using System.ComponentModel.DataAnnotations;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>Each entry is the address of a server, and no server is named twice: its requests would be counted twice.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class VllmServersAttribute : ValidationAttribute
{
    const int Limit = 32;

    const string Expected =
        "must be an http or https address without a password, such as http://vllm:8000 or voxtral=http://vllm:8000.";

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext)
    {
        if (value is not IReadOnlyList<string> entries)
            return ValidationResult.Success;
        if (entries.Count > Limit)
            return Refuse($"at most {Limit} servers can be watched.", validationContext);

        HashSet<string> names = [];
        HashSet<Uri> roots = [];
        for (var i = 0; i < entries.Count; i++)
        {
            if (!VllmServer.TryParse(entries[i], out var server))
                return Refuse($"entry {i + 1} {Expected}", validationContext);
            if (!names.Add(server.Name) || !roots.Add(server.Root))
                return Refuse($"entry {i + 1} repeats a name or an address.", validationContext);
        }
        return ValidationResult.Success;
    }

    static ValidationResult Refuse(string reason, ValidationContext context) => new(reason, [context.MemberName ?? ""]);
}
