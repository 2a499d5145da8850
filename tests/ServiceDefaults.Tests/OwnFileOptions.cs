using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Tests;

/// <summary>A secret beside a file that holds several of them.</summary>
sealed class OwnFileOptions
{
    [ConfigurationKeyName("OWN_TOKEN"), DataType(DataType.Password)]
    public string? Token { get; set; }

    [ConfigurationKeyName("OWN_TOKEN_FILE")]
    public string? TokenFile { get; set; }
}
