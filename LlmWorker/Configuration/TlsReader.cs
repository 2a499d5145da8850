using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>Reads the TLS fields of a provider, and the files that they name.</summary>
static class TlsReader
{
    public static readonly string[] Fields = ["ssl_verify", "ca_bundle", "client_certificate", "client_key"];

    /// <param name="address">Of the provider; null where that is not known.</param>
    public static ProviderTls Read(ConfigNode node, Uri? address)
    {
        var tls = new ProviderTls(
            node.Flag("ssl_verify") ?? true, node.Text("ca_bundle", 4096), node.Text("client_certificate", 4096), node.Text("client_key", 4096));
        foreach (var field in Fields.Select(node.Field).OfType<ConfigNode>().Where(_ => address?.Scheme == "http"))
        {
            field.Wrong("the provider's address is http, where it has no effect: leave it out, or use https");
        }
        if (!tls.Verify && tls.CaBundle is not null)
        {
            node.Field("ca_bundle")!.Wrong("ssl_verify is false, so nothing is compared with it: leave one of the two out");
        }
        if (tls.ClientKey is not null && tls.ClientCertificate is null)
        {
            node.Field("client_key")!.Wrong("it cannot be given without client_certificate");
        }
        if (tls.CaBundle is { } bundle)
        {
            Try(node.Field("ca_bundle")!, "a file with certificates in PEM is expected", () => ProviderTls.Authorities(bundle));
        }
        if (tls.ClientCertificate is { } certificate)
        {
            Try(
                node.Field("client_certificate")!, "a file with a certificate in PEM is expected, and its key in the same file or in that of client_key",
                () => ProviderTls.Client(certificate, tls.ClientKey));
        }
        return tls;
    }

    static void Try(ConfigNode field, string expected, Action read)
    {
        try
        {
            read();
        }
        // Whatever it is that keeps the file from being used; files of this kind fail in many ways.
        catch (Exception failure)
        {
            field.Wrong($"{expected} ({failure.Message.TrimEnd('.')})");
        }
    }
}
