using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Http;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults;

/// <summary>Where a process that serves callers listens: <c>builder.UseHttpAddress&lt;HttpOptions&gt;()</c>.</summary>
public sealed class HttpOptions : IHttpAddress
{
    /// <inheritdoc/>
    public static string HostVariable => "HTTP_HOST";

    /// <inheritdoc/>
    public static string PortVariable => "HTTP_PORT";

    /// <inheritdoc/>
    /// <value>Default 0.0.0.0, all IPv4 addresses.</value>
    [ConfigurationKeyName("HTTP_HOST"), HttpHost]
    public string Host { get; set; } = "0.0.0.0";

    /// <inheritdoc/>
    /// <value>Default 8080, from 0 to 65535.</value>
    [ConfigurationKeyName("HTTP_PORT"), Range(0, 65535)]
    public int Port { get; set; } = 8080;
}
