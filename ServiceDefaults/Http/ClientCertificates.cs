using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>Who may connect, where <c>HTTP_TLS_CLIENT_CA_FILE</c> says so. A certificate of another authority fails the handshake. Who shows none is served the probes
/// alone: orchestrators have no certificate to show, and learn no more there than that the process lives.</summary>
sealed class ClientCertificates(IOptions<HttpTlsOptions> options, ILogger<TrustedAuthorities> logger)
{
    // In the form of the API's problems, which other processes do not have.
    const string Refusal =
        """{"title":"A client certificate is required.","status":403,"code":"certificate_required","detail":"Connect with a certificate of an authority of HTTP_TLS_CLIENT_CA_FILE."}""";

    readonly TrustedAuthorities? _authorities = options.Value.ClientAuthoritiesFile is { } file ? new(file, "HTTP_TLS_CLIENT_CA_FILE", logger) : null;

    public bool AreAskedFor => _authorities is not null;

    public bool Accepts(X509Certificate2 certificate, X509Chain? chain) => _authorities!.HaveSigned(certificate, chain, TrustedAuthorities.OfClients);

    public static Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Connection.ClientCertificate is not null || context.GetEndpoint()?.Metadata.GetMetadata<Probe>() is not null)
            return next(context);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync(Refusal, context.RequestAborted);
    }

    /// <summary>Marks a route that is served without one.</summary>
    public sealed class Probe;
}
