using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Tests;

sealed class UnknownType
{
    [ConfigurationKeyName("T_VERSION")]
    public Version? Version { get; set; }
}
