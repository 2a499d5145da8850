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

    readonly Lock _lock = new();
    readonly string _file;
    readonly string _setting;
    readonly ILogger _logger;
    DateTime _seen;
    X509Certificate2Collection _current = [];

    /// <param name="setting">Names the file.</param>
    public TrustedAuthorities(string file, string setting, ILogger logger)
    {
        (_file, _setting, _logger) = (file, setting, logger);
        Current();
    }

    /// <summary>The certificates of a file in PEM.</summary>
    /// <exception cref="Exception">It cannot be read, or holds no certificate (<see cref="IsOfFile"/>).</exception>
    public static X509Certificate2Collection Load(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new InvalidDataException("there is no certificate in it");
    }

    /// <summary>Whether the failure is one of what the file holds.</summary>
    public static bool IsOfFile(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or InvalidDataException or NotSupportedException;

    /// <param name="given">The chain that came with it, for the certificates between.</param>
    /// <param name="use"><see cref="OfServers"/> or <see cref="OfClients"/>: a certificate that says what it is for must be for that.</param>
    public bool HaveSigned(X509Certificate2 certificate, X509Chain? given, string use)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        // An authority of one's own seldom publishes what it revoked.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(use));
        chain.ChainPolicy.CustomTrustStore.AddRange(Current());
        foreach (var between in given is null ? [] : given.ChainElements.ToArray())
            chain.ChainPolicy.ExtraStore.Add(between.Certificate);
        return chain.Build(certificate);
    }

    /// <summary>Those of now. Costs a look at the time of a file.</summary>
    X509Certificate2Collection Current()
    {
        lock (_lock)
        {
            var seen = HttpCertificate.Changed(_file);
            if (seen != _seen)
                Read();
            _seen = seen;
            return _current;
        }
    }

    void Read()
    {
        try
        {
            var next = Load(_file);
            if (_current.Count > 0)
                LogChanged(_logger, _setting, next.Count);
            _current = next;
        }
        catch (Exception fault) when (IsOfFile(fault))
        {
            LogUnreadable(_logger, _setting, fault.Message);
        }
    }

    [LoggerMessage(9012, LogLevel.Information, "The authorities of {Setting} have changed: there are {Count} now.")]
    private static partial void LogChanged(ILogger logger, string setting, int count);

    [LoggerMessage(9013, LogLevel.Warning, "The authorities of {Setting} have changed and cannot be used; those before stay. {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string setting, string reason);
}
