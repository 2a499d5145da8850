using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>Gives Kestrel's HTTPS addresses the certificate of the files, and has them ask for those of clients.</summary>
sealed class HttpTls(IServiceProvider services) : IConfigureOptions<KestrelServerOptions>
{
    // Both are made when an address is bound: the server is built before the settings are looked at as a whole, and one that is wrong must not be told alone.
    public void Configure(KestrelServerOptions server) => server.ConfigureHttpsDefaults(https =>
    {
        var (certificate, clients) = (services.GetRequiredService<HttpCertificate>(), services.GetRequiredService<ClientCertificates>());
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        if (!certificate.IsGiven)
            return;
        if (clients.AreAskedFor)
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (shown, chain, _) => clients.Accepts(shown, chain);
        }
        // Kestrel asks for one of the two; only a context sends the certificates between ours and the root as well.
        https.ServerCertificateSelector = (_, _) => certificate.Current().TargetCertificate;
        https.OnAuthenticate = (_, ssl) =>
        {
            (ssl.ServerCertificateSelectionCallback, ssl.ServerCertificateContext) = (null, certificate.Current());
            if (clients.AreAskedFor)
                ssl.CertificateChainPolicy = TrustedAuthorities.Offline();
        };
    });
}
