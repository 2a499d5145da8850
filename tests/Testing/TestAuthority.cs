using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AiPlatform.Testing;

/// <summary>An authority of one's own and a folder with its certificate and those it issued, in PEM.</summary>
public sealed class TestAuthority : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("authority-");
    readonly X509Certificate2 _authority;

    public TestAuthority(string name = "Test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var from = TimeProvider.System.GetUtcNow().AddDays(-1);
        _authority = request.CreateSelfSigned(from, from.AddDays(30));
        File.WriteAllText(PathOf("ca.pem"), _authority.ExportCertificatePem());
    }

    /// <summary>The file with the authority's certificate.</summary>
    public string Certificate => PathOf("ca.pem");

    /// <summary>Issues a certificate for <c>localhost</c> and <c>127.0.0.1</c>, in files of the name; those of before are replaced.</summary>
    /// <param name="use">The only thing that it is for; null for all.</param>
    /// <param name="isOver">Whether its time has ended.</param>
    /// <param name="issuers">Where it says that its issuer's certificate is.</param>
    public (string Certificate, string Key) Issue(string file, string? password = null, string? use = null, bool isOver = false, Uri? issuers = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        if (use is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        if (issuers is not null)
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [issuers.AbsoluteUri]));
        var end = isOver ? _authority.NotBefore.AddHours(1) : _authority.NotAfter.AddDays(-1);
        using var issued = request.Create(_authority, _authority.NotBefore, end, RandomNumberGenerator.GetBytes(8));
        // The key first: a certificate whose key has not come cannot be read.
        File.WriteAllText(PathOf($"{file}.key"), password is null
            ? key.ExportPkcs8PrivateKeyPem()
            : key.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000)));
        File.WriteAllText(PathOf($"{file}.pem"), issued.ExportCertificatePem());
        return (PathOf($"{file}.pem"), PathOf($"{file}.key"));
    }

    /// <summary>A client that believes this authority and no other.</summary>
    /// <param name="shown">What it shows to who asks; null for nothing.</param>
    public HttpClient Client(Uri address, X509Certificate2? shown = null)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { _authority },
                },
            },
        };
        if (shown is not null)
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(shown, null, offline: true);
        return new HttpClient(handler) { BaseAddress = address };
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    string PathOf(string name) => Path.Combine(_folder.FullName, name);
}
