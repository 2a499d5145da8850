using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults;

namespace AiPlatform.InfraSidecar;

/// <summary>Where the sidecar listens.</summary>
sealed class SidecarHttpOptions : IHttpAddress
{
    /// <inheritdoc/>
    public static string HostVariable => "INFRA_SIDECAR_HTTP_HOST";

    /// <inheritdoc/>
    public static string PortVariable => "INFRA_SIDECAR_HTTP_PORT";

    /// <inheritdoc/>
    /// <value>Default 0.0.0.0, all IPv4 addresses.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_HTTP_HOST"), Required]
    public string Host { get; set; } = "0.0.0.0";

    /// <inheritdoc/>
    /// <value>Default 8082, from 0 to 65535.</value>
    [ConfigurationKeyName("INFRA_SIDECAR_HTTP_PORT"), Range(0, 65535)]
    public int Port { get; set; } = 8082;
}
