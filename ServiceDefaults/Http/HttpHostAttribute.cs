using System.ComponentModel.DataAnnotations;
using System.Net;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>Kestrel takes a name it does not know for "every address": a misspelled host would open the process to the network.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class HttpHostAttribute() : ValidationAttribute("an IP address, localhost or * is expected.")
{
    public override bool IsValid(object? value) => value is "localhost" or "*" || IPAddress.TryParse(value as string, out _);
}
