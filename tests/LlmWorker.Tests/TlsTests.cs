using System.Security.Cryptography.X509Certificates;
using System.Text;
using AiPlatform.LlmWorker.Configuration;
using AiPlatform.LlmWorker.Providers;
using AiPlatform.LlmWorker.Routing;
using AiPlatform.LlmWorker.Tests.Routing;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Who is believed, and who is shown what.</summary>
public sealed class TlsTests(Stores stores)
{
    [Fact]
    public async Task A_server_of_an_unknown_authority_is_not_asked_anything()
    {
        await using var server = await TlsServer.StartAsync();
        using var groups = Groups(server);

        Assert.Equal("tls", Assert.IsType<RoutedResult.Failed>(await groups.ChatAsync("default")).Failure.Type);
    }

    [Fact]
    public async Task An_authority_of_ones_own_is_trusted_by_its_file()
    {
        await using var server = await TlsServer.StartAsync();
        using var groups = Groups(server, $$""","ca_bundle":"{{server.Authority}}" """);

        Assert.IsType<RoutedResult.Answered>(await groups.ChatAsync("default"));
        Assert.Null(groups.Models.Reports()[0].TlsVerified);
    }

    [Fact]
    public void Nothing_is_fetched_for_a_certificate_that_a_file_is_to_believe()
    {
        using var authority = new TestAuthority();
        var policy = new ProviderTls(true, authority.Certificate, null, null).ToOptions().CertificateChainPolicy!;
        Assert.Equal((true, X509RevocationMode.NoCheck), (policy.DisableCertificateDownloads, policy.RevocationMode));
    }

    [Fact]
    public async Task A_certificate_of_another_name_is_refused()
    {
        await using var server = await TlsServer.StartAsync(name: "another");
        using var groups = Groups(server, $$""","ca_bundle":"{{server.Authority}}" """);

        Assert.Equal("tls", Assert.IsType<RoutedResult.Failed>(await groups.ChatAsync("default")).Failure.Type);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_certificate_is_shown_ours()
    {
        await using var server = await TlsServer.StartAsync(asksForCertificate: true);
        using var without = Groups(server, $$""","ca_bundle":"{{server.Authority}}" """);
        using var with = Groups(server, $$""","ca_bundle":"{{server.Authority}}","client_certificate":"{{server.Client}}","client_key":"{{server.ClientKey}}" """);

        Assert.IsType<RoutedResult.Failed>(await without.ChatAsync("default"));
        Assert.IsType<RoutedResult.Answered>(await with.ChatAsync("default"));
    }

    [Fact]
    public async Task An_unchecked_certificate_is_seen_in_log_and_status()
    {
        await using var server = await TlsServer.StartAsync(name: "another");
        await using var caller = await Caller.StartAsync(stores);
        using var file = new ConfigFile(Config(server, ""","ssl_verify":false """));
        await using var worker = await caller.WorkerAsync(("LLM_CONFIG_FILE", file.Path));

        Assert.Equal("Hi", (await caller.FinalAsync(await caller.SubmitAsync())).ChatResult().Content);

        Assert.False(Assert.Single((await worker.StatusAsync()).Providers).TlsVerified);
        await Eventually.That(
            () => Assert.Contains("The certificate of gpu at https://localhost:", worker.Output, StringComparison.Ordinal), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("http", ""","ssl_verify":false """,
        "providers.gpu.ssl_verify is false: the provider's address is http, where it has no effect: leave it out, or use https.")]
    [InlineData("https", ""","ssl_verify":"no" """, "providers.gpu.ssl_verify is 'no': true or false is expected.")]
    [InlineData("https", ""","client_key":"/k" """, "providers.gpu.client_key is '/k': it cannot be given without client_certificate.")]
    [InlineData("https", ""","ca_bundle":"/no/such.pem" """,
        "providers.gpu.ca_bundle is '/no/such.pem': a file with certificates in PEM is expected (Could not find a part of the path '/no/such.pem').")]
    public void A_wrong_setting_is_told(string scheme, string fields, string error)
    {
        var reading = ModelConfigFile.Parse(
            Encoding.UTF8.GetBytes(Config($"{scheme}://gpu:8000", fields)), new LlmOptions(), _ => null);

        Assert.Equal([error], reading.Errors);
    }

    static RoutedGroups Groups(TlsServer server, string fields = "") => new(Config(server, fields));

    static string Config(TlsServer server, string fields) => Config($"{server.Address}", fields);

    static string Config(string address, string fields) => $$"""{"providers":{"gpu":{"base_url":"{{address}}"{{fields}}""" + "}}}";
}
