using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace AiPlatform.Jobs.Index;

/// <summary>Believes a Redis whose certificate is of its name and signed by one of the authorities of <c>REDIS_CA_FILE</c>, and by no other.</summary>
sealed class RedisTrust(X509Certificate2Collection authorities)
{
    volatile string? _refusal;

    /// <summary>Why the last certificate was not believed; null where it was.</summary>
    public string? Refusal => _refusal;

    /// <exception cref="Exception">It cannot be read, or holds no certificate.</exception>
    public static RedisTrust Of(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? new RedisTrust(authorities) : throw new InvalidDataException("there is no certificate in it");
    }

    public bool Accepts(X509Certificate? shown, X509Chain? given, SslPolicyErrors errors)
    {
        _refusal = Fault(shown, given, errors);
        return _refusal is null;
    }

    string? Fault(X509Certificate? shown, X509Chain? given, SslPolicyErrors errors)
    {
        if (shown is not X509Certificate2 certificate || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "It shows no certificate.";
        }
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return "Its certificate is of another name than REDIS_URL's.";
        }
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        // An authority of one's own seldom publishes what it revoked.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // Where from, the certificate says, and anybody can show one.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (var between in given is null ? [] : given.ChainElements.ToArray())
        {
            chain.ChainPolicy.ExtraStore.Add(between.Certificate);
        }
        return chain.Build(certificate) ? null
            : $"Its certificate is not trusted by REDIS_CA_FILE: {string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation.Trim()))}";
    }
}
