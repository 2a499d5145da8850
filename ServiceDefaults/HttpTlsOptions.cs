using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Http;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults;

/// <summary>The certificate of a process that serves HTTPS. Without one it serves HTTP, which is for a network of one's own.</summary>
public sealed class HttpTlsOptions : IValidatableObject
{
    /// <summary>
    /// A file in PEM: the certificate, and those between it and its root. The process then serves HTTPS, with TLS 1.2 or later, where it would serve HTTP. A
    /// changed file holds for the connections after that.
    /// </summary>
    /// <value>Default none.</value>
    [ConfigurationKeyName("HTTP_TLS_CERT_FILE")]
    public string? CertificateFile { get; set; }

    /// <summary>A file in PEM with the certificate's key.</summary>
    /// <value>Default none: the key stands in <c>HTTP_TLS_CERT_FILE</c>.</value>
    [ConfigurationKeyName("HTTP_TLS_KEY_FILE")]
    public string? KeyFile { get; set; }

    /// <summary>What the key is encrypted with.</summary>
    /// <value>Default none: it is not. Or in the file that <c>HTTP_TLS_KEY_PASSWORD_FILE</c> names.</value>
    [ConfigurationKeyName("HTTP_TLS_KEY_PASSWORD"), DataType(DataType.Password)]
    public string? KeyPassword { get; set; }

    /// <summary>
    /// A file in PEM with the authorities whose certificates clients must show, in the handshake, to be served anything but the probes (<c>/healthz</c>, <c>/readyz</c>). It says who
    /// may connect; who calls, tokens say. A changed file holds for the connections after that.
    /// </summary>
    /// <value>Default none: clients are not asked for certificates.</value>
    [ConfigurationKeyName("HTTP_TLS_CLIENT_CA_FILE"), AuthoritiesFile]
    public string? ClientAuthoritiesFile { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CertificateFile is null)
            return Useless();
        try
        {
            HttpCertificate.Load(this);
            return [];
        }
        catch (Exception fault) when (ReloadedFile.IsOfFile(fault))
        {
            return [new ValidationResult($"a certificate in PEM and its key are expected; {fault.Message}", [nameof(CertificateFile), nameof(KeyFile)])];
        }
    }

    IEnumerable<ValidationResult> Useless()
    {
        (string Name, string? File)[] without = [(nameof(KeyFile), KeyFile), (nameof(ClientAuthoritiesFile), ClientAuthoritiesFile)];
        return without.Where(one => one.File is not null).Select(one => new ValidationResult("it is of no use without HTTP_TLS_CERT_FILE.", [one.Name]));
    }
}
