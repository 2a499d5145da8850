using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>The secrets that clients of others read from configuration themselves, by their own names.</summary>
static class ClientSecrets
{
    static readonly string[] Addresses = ["ConnectionStrings:jobs", "ConnectionStrings:redis", "DATABASE_URL", "REDIS_URL"];

    static readonly string[] Headers =
    [
        "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
    ];

    /// <summary>Puts what their files hold under their names. What is wrong with a file stops the start with the other settings that are not valid.</summary>
    public static void Add(IHostApplicationBuilder builder)
    {
        var options = builder.Services.AddOptions<FromFiles>();
        foreach (var name in Addresses.Concat(Headers))
        {
            var secret = Secret.Read(name, key => builder.Configuration[key]);
            if (secret.Text is { } text)
                builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>(name, text)]);
            if (secret.Problem is { } problem)
                options.Validate(_ => false, problem).ValidateOnStart();
            foreach (var header in Headers.Contains(name) ? secret.Text?.Split(',') ?? [] : [])
                KnownSecrets.Add(header[(header.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim());
        }
    }

    sealed class FromFiles;
}
