using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiPlatform.ServiceDefaults.Http;

/// <summary>The certificate of the files, read again when they have changed. Files that cannot be read, such as a new certificate whose key has not come yet,
/// leave the one before.</summary>
sealed partial class HttpCertificate
{
    readonly ReloadedFile<SslStreamCertificateContext>? _files;

    public HttpCertificate(IOptions<HttpTlsOptions> options, ILogger<HttpCertificate> logger)
    {
        var files = options.Value;
        if (files.CertificateFile is { } certificate)
        {
            _files = new(
                [certificate, files.KeyFile ?? certificate], () => Load(files), before: null,
                next => LogChanged(logger, next.TargetCertificate.NotAfter), reason => LogUnreadable(logger, reason));
        }
    }

    public bool IsGiven => _files is not null;

    /// <summary>That of now. Costs a look at the times of two files.</summary>
    public SslStreamCertificateContext Current() => _files!.Current();

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

    [LoggerMessage(9010, LogLevel.Information, "The certificate has changed; the new one is valid until {NotAfter:O}.")]
    private static partial void LogChanged(ILogger logger, DateTime notAfter);

    [LoggerMessage(9011, LogLevel.Warning, "The certificate of HTTP_TLS_CERT_FILE has changed and cannot be used; the one before stays. {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}
