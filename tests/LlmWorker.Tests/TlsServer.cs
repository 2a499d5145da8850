using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>A server with a certificate of an authority of its own, which answers every chat; and files with both.</summary>
sealed class TlsServer : IAsyncDisposable
{
    readonly WebApplication app;
    readonly DirectoryInfo folder;

    TlsServer(WebApplication app, DirectoryInfo folder) => (this.app, this.folder) = (app, folder);

    public Uri Address => new($"https://localhost:{new Uri(app.Urls.Single()).Port}");

    public string Authority => Path.Combine(folder.FullName, "ca.pem");

    public string Client => Path.Combine(folder.FullName, "client.pem");

    public string ClientKey => Path.Combine(folder.FullName, "client.key");

    /// <param name="name">That of its certificate.</param>
    /// <param name="asksForCertificate">Whether it serves only who shows a certificate of the authority.</param>
    public static async Task<TlsServer> StartAsync(string name = "localhost", bool asksForCertificate = false)
    {
        var folder = Directory.CreateTempSubdirectory("tls-");
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var from = TimeProvider.System.GetUtcNow().AddDays(-1);
        using var authority = request.CreateSelfSigned(from, from.AddDays(30));
        var server = new TlsServer(Build(Issue(authority, name, from), asksForCertificate), folder);
        using var client = Issue(authority, "worker", from);
        await File.WriteAllTextAsync(server.Authority, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(server.Client, client.ExportCertificatePem());
        await File.WriteAllTextAsync(server.ClientKey, client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await server.app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
        folder.Delete(recursive: true);
    }

    static WebApplication Build(X509Certificate2 certificate, bool asksForCertificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = certificate;
            https.ClientCertificateMode = asksForCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate;
            https.ClientCertificateValidation = (shown, _, _) => shown.Issuer == "CN=Test authority";
        })));
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentType = "text/event-stream";
            return context.Response.WriteAsync(Sse.Text("Hi") + Sse.Finish(), context.RequestAborted);
        });
        return app;
    }

    static X509Certificate2 Issue(X509Certificate2 authority, string name, DateTimeOffset from)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, from, from.AddDays(20), RandomNumberGenerator.GetBytes(8));
        using var whole = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null, X509KeyStorageFlags.Exportable);
    }
}
