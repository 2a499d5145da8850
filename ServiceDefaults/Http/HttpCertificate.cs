using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>The certificate of the files, read again when they have changed. Files that cannot be read, such as a new certificate whose key has not come yet,
/// leave the one before.</summary>
sealed partial class HttpCertificate(IOptions<HttpTlsOptions> options, ILogger<HttpCertificate> logger)
{
    readonly Lock _lock = new();
    (DateTime, DateTime) _seen;
    SslStreamCertificateContext? _current;

    public bool IsGiven => options.Value.CertificateFile is not null;

    /// <summary>That of now. Costs a look at the times of two files.</summary>
    public SslStreamCertificateContext Current()
    {
        var files = options.Value;
        lock (_lock)
        {
            var seen = (Changed(files.CertificateFile!), Changed(files.KeyFile ?? files.CertificateFile!));
            if (_current is null || seen != _seen)
                Read(files);
            _seen = seen;
            return _current!;
        }
    }

    public static SslStreamCertificateContext Load(HttpTlsOptions files)
    {
        using var ephemeral = files.KeyPassword is { Length: > 0 } password
            ? X509Certificate2.CreateFromEncryptedPemFile(files.CertificateFile!, password, files.KeyFile)
            : X509Certificate2.CreateFromPemFile(files.CertificateFile!, files.KeyFile);
        // Windows does not use a key that is only in memory.
        var usable = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        X509Certificate2Collection between = [];
        between.ImportFromPemFile(files.CertificateFile!);
        return SslStreamCertificateContext.Create(usable, between, offline: true);
    }

    /// <summary>Whether the failure is one of what the files hold.</summary>
    public static bool IsOfFiles(Exception failure) => failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    void Read(HttpTlsOptions files)
    {
        try
        {
            var next = Load(files);
            if (_current is not null)
                LogChanged(logger, next.TargetCertificate.NotAfter);
            _current = next;
        }
        catch (Exception fault) when (IsOfFiles(fault) && _current is not null)
        {
            LogUnreadable(logger, fault.Message);
        }
    }

    /// <summary>Of what the path leads to in the end: where secrets are mounted, the links stay and what is behind them changes.</summary>
    public static DateTime Changed(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is { } target ? target.LastWriteTimeUtc : file.LastWriteTimeUtc;
    }

    [LoggerMessage(9010, LogLevel.Information, "The certificate has changed; the new one is valid until {NotAfter:O}.")]
    private static partial void LogChanged(ILogger logger, DateTime notAfter);

    [LoggerMessage(9011, LogLevel.Warning, "The certificate of HTTP_TLS_CERT_FILE has changed and cannot be used; the one before stays. {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}
