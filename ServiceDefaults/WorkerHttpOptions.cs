using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Http;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults;

/// <summary>Where a worker listens: <c>builder.UseHttpAddress&lt;WorkerHttpOptions&gt;()</c>.</summary>
public sealed class WorkerHttpOptions : IHttpAddress
{
    /// <inheritdoc/>
    public static string HostVariable => "WORKER_HTTP_HOST";

    /// <inheritdoc/>
    public static string PortVariable => "WORKER_HTTP_PORT";

    /// <inheritdoc/>
    /// <value>Default 0.0.0.0, all IPv4 addresses.</value>
    [ConfigurationKeyName("WORKER_HTTP_HOST"), HttpHost]
    public string Host { get; set; } = "0.0.0.0";

    /// <inheritdoc/>
    /// <value>Default 8081, from 0 to 65535.</value>
    [ConfigurationKeyName("WORKER_HTTP_PORT"), Range(0, 65535)]
    public int Port { get; set; } = 8081;
}
