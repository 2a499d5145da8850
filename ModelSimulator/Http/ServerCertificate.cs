using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AiPlatform.ModelSimulator.Http;

/// <summary>The certificate of https addresses: made at the start by a CA of its own, and on request one that no caller should accept.</summary>
static class ServerCertificate
{
    static readonly TimeSpan Validity = TimeSpan.FromDays(30);

    public static void Use(KestrelServerOptions kestrel, SimulatorOptions options, DateTimeOffset now)
    {
        using var ca = Authority(now);
        if (options.TlsCaFile is { Length: > 0 } file)
            File.WriteAllText(file, ca.ExportCertificatePem());
        var server = Issue(ca, options.TlsCertificate, now);
        kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = server);
    }

    static X509Certificate2 Authority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ModelSimulator CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        return request.CreateSelfSigned(now - Validity, now + Validity);
    }

    static X509Certificate2 Issue(X509Certificate2 ca, string kind, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ModelSimulator", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (kind == SimulatorOptions.WrongNameCertificate)
        {
            names.AddDnsName("elsewhere.invalid");
        }
        else
        {
            names.AddDnsName("localhost");
            names.AddDnsName(Dns.GetHostName());
            names.AddIpAddress(IPAddress.Loopback);
            names.AddIpAddress(IPAddress.IPv6Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        var end = kind == SimulatorOptions.ExpiredCertificate ? now.AddDays(-1) : now + (Validity / 2);
        using var issued = request.Create(ca, now - (Validity / 2), end, RandomNumberGenerator.GetBytes(16));
        using var withKey = issued.CopyWithPrivateKey(key);

        // Some platforms serve only a key that came with its certificate.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
