using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace AiPlatform.LlmWorker.Providers;

/// <summary>How a provider shows who it is, and how we do.</summary>
/// <param name="Verify">False to believe whoever answers at its address.</param>
/// <param name="CaBundle">A file of certificates in PEM; only what they have signed is trusted. Null to trust what the system trusts.</param>
/// <param name="ClientCertificate">A file in PEM: our certificate, and those between it and the root. Null to show none.</param>
/// <param name="ClientKey">A file in PEM with its key; null where that stands in the same file.</param>
sealed record ProviderTls(bool Verify, string? CaBundle, string? ClientCertificate, string? ClientKey)
{
    public static readonly ProviderTls Usual = new(true, null, null, null);

    /// <exception cref="Exception">A file cannot be read, or is not what it should be.</exception>
    public SslClientAuthenticationOptions ToOptions()
    {
        var options = new SslClientAuthenticationOptions { ClientCertificateContext = ClientCertificate is null ? null : Client(ClientCertificate, ClientKey) };
        if (CaBundle is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                // An authority of one's own seldom publishes what it revoked.
                RevocationMode = X509RevocationMode.NoCheck,
                // Where from, the certificate says, and anybody can show one.
                DisableCertificateDownloads = true,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities(CaBundle));
        }
        if (!Verify)
        {
#pragma warning disable CA5359 // Asked for by ssl_verify; told in the log and in the status.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        return options;
    }

    public static X509Certificate2Collection Authorities(string path)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(path);
        return authorities.Count > 0 ? authorities : throw new InvalidDataException("there is no certificate in it");
    }

    public static SslStreamCertificateContext Client(string certificate, string? key)
    {
        using var ephemeral = X509Certificate2.CreateFromPemFile(certificate, key);
        // Windows does not use a key that is only in memory.
        var usable = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        X509Certificate2Collection between = [];
        between.ImportFromPemFile(certificate);
        return SslStreamCertificateContext.Create(usable, between, offline: true);
    }
}
