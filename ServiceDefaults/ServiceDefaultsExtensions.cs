using AiPlatform.ServiceDefaults.Health;
using AiPlatform.ServiceDefaults.Http;
using AiPlatform.ServiceDefaults.Prometheus;
using AiPlatform.ServiceDefaults.Settings;
using AiPlatform.ServiceDefaults.Startup;
using AiPlatform.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults;

/// <summary>What every process of the platform has.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// OpenTelemetry, console logs without secrets, addresses of Postgres and Redis from files (<c>DATABASE_URL_FILE</c>, <c>REDIS_URL_FILE</c>), health checks, problem details, and a process that ends with a non-zero exit code when one of its loops
    /// fails. There is deliberately no resilience handler for every HTTP client: a retried generation is paid for twice, and the job's own retry
    /// is the only one.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        StartupFailure.ReportReadably();
        RedactedOutput.Use();
        ClientSecrets.Add(builder);
        builder.AddFailFast();
        builder.AddConsoleLogging();
        builder.AddTelemetry();
        builder.AddReadiness();
        builder.Services.AddProblemDetails();
        return builder;
    }

    /// <summary>
    /// Fills each property of <typeparamref name="TOptions"/> that carries a <see cref="ConfigurationKeyNameAttribute"/> from the configuration
    /// key of that name, usually an environment variable. An empty value counts as not set and leaves the default. DataAnnotations and
    /// <see cref="System.ComponentModel.DataAnnotations.IValidatableObject"/> are checked before the process starts; a failure names the variable,
    /// its value (not for <c>[DataType(DataType.Password)]</c>) and what is allowed. A property marked so is a secret: it may also stand in the file
    /// that the variable with <c>_FILE</c> names (<see cref="Secret"/>).
    /// </summary>
    /// <remarks>
    /// Types: string, bool, int, long, double, TimeSpan (5m, 1h30m, 250ms, 7d or 00:05:00), Uri (http or https), enums by their wire names,
    /// IReadOnlyList of these (comma-separated), and nullable forms.
    /// </remarks>
    /// <exception cref="NotSupportedException">A property is of another type.</exception>
    public static IHostApplicationBuilder AddSettings<TOptions>(this IHostApplicationBuilder builder)
        where TOptions : class, new()
    {
        SettingsServices.Add<TOptions>(builder.Services);
        return builder;
    }

    /// <summary>
    /// Listens where <see cref="HttpOptions"/> or <see cref="WorkerHttpOptions"/> says. The first that is set wins: <c>ASPNETCORE_URLS</c> or
    /// <c>--urls</c> (what Aspire gives), the variables of <typeparamref name="TAddress"/>, <c>ASPNETCORE_HTTP_PORTS</c> (what container images
    /// give), the default. What callers may take there, <see cref="HttpLimitOptions"/> says, and
    /// <see cref="HttpTlsOptions"/> whether it is HTTPS.
    /// </summary>
    public static IHostApplicationBuilder UseHttpAddress<TAddress>(this IHostApplicationBuilder builder)
        where TAddress : class, IHttpAddress, new()
    {
        builder.AddSettings<TAddress>().AddSettings<HttpLimitOptions>().AddSettings<HttpTlsOptions>();
        builder.Services.AddSingleton(HttpAddress.Of<TAddress>);
        builder.Services.AddSingleton<HttpCertificate>().AddSingleton<ClientCertificates>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>, HttpLimits>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>, HttpTls>();
        return builder;
    }

    /// <summary>
    /// Checks the settings, chooses the address, gives every answer its security headers, and maps <c>/healthz</c> and <c>/readyz</c> in every environment. Call it first after
    /// <c>Build</c>: nothing then runs on settings that are not valid, and one message lists all of them.
    /// </summary>
    /// <exception cref="OptionsValidationException">A setting is not valid; not caught, it becomes a readable message and exit code 1.</exception>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.Services.GetService<IStartupValidator>()?.Validate();
        app.ListenOnHttpAddress();
        app.Use(SecurityHeaders.AddAsync);
        if (app.Services.GetService<ClientCertificates>() is { AreAskedFor: true })
            app.Use(ClientCertificates.CheckAsync);
        app.MapHealthEndpoints();
        app.MapMetrics();
        return app;
    }
}
