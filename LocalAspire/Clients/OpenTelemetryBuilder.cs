using Microsoft.Extensions.DependencyInjection;

namespace OpenTelemetry;

/// <summary>What <c>services.AddOpenTelemetry()</c> returns; the SDK's extensions of <see cref="IOpenTelemetryBuilder"/> configure it.</summary>
public sealed class OpenTelemetryBuilder(IServiceCollection services) : IOpenTelemetryBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services => services;
}
