using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>Believes certificates that the authorities of a file in PEM have signed, and no others. The file is read again when it has changed; one that cannot be used
/// leaves those before, which at first are none.</summary>
public sealed partial class TrustedAuthorities
{
    /// <summary>For certificates that servers show (RFC 5280, section 4.2.1.12).</summary>
    public const string OfServers = "1.3.6.1.5.5.7.3.1";

    /// <summary>For certificates that clients show.</summary>
    public const string OfClients = "1.3.6.1.5.5.7.3.2";

    readonly ReloadedFile<X509Certificate2Collection> _file;

    /// <param name="setting">Names the file.</param>
    public TrustedAuthorities(string file, string setting, ILogger logger)
    {
        _file = new([file], () => Load(file), before: [], next => LogChanged(logger, setting, next.Count), reason => LogUnreadable(logger, setting, reason));
        _file.Current();
    }

    /// <summary>For a handshake whose certificate is then shown to <see cref="HaveSigned"/>. Nothing is fetched for it: where from, the certificate says, and anybody can
    /// show one.</summary>
    public static X509ChainPolicy Offline() => new()
    {
        DisableCertificateDownloads = true,
        // An authority of one's own seldom publishes what it revoked.
        RevocationMode = X509RevocationMode.NoCheck,
    };

    /// <summary>The certificates of a file in PEM.</summary>
    /// <exception cref="Exception">It cannot be read, or holds no certificate.</exception>
    public static X509Certificate2Collection Load(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new InvalidDataException("there is no certificate in it");
    }

    /// <param name="given">The chain that came with it, for the certificates between.</param>
    /// <param name="use"><see cref="OfServers"/> or <see cref="OfClients"/>: a certificate that says what it is for must be for that.</param>
    public bool HaveSigned(X509Certificate2 certificate, X509Chain? given, string use)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = Offline();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
        chain.ChainPolicy.CustomTrustStore.AddRange(_file.Current());
        foreach (var between in given is null ? [] : given.ChainElements.ToArray())
            chain.ChainPolicy.ExtraStore.Add(between.Certificate);
        return chain.Build(certificate);
    }

    [LoggerMessage(9012, LogLevel.Information, "The authorities of {Setting} have changed: there are {Count} now.")]
    private static partial void LogChanged(ILogger logger, string setting, int count);

    [LoggerMessage(9013, LogLevel.Warning, "The authorities of {Setting} have changed and cannot be used; those before stay. {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string setting, string reason);
}
