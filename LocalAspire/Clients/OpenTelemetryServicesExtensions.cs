using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The member of OpenTelemetry.Extensions.Hosting that this repository uses.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>Starts the configured providers with the host. Safe to call from several libraries: their configurations add up.</summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        // First in the list, so that the other hosted services are observed from their first moment on.
        if (!services.Any(service => service.ImplementationType == typeof(TelemetryHostedService)))
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>());
        return new OpenTelemetryBuilder(services);
    }
}
