using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AiPlatform.ServiceDefaults.Tests;

/// <summary>Who may connect where HTTP_TLS_CLIENT_CA_FILE says so.</summary>
public sealed class ClientCertificateTests : IDisposable
{
    static readonly Uri Page = new("/page", UriKind.Relative);

    readonly TestAuthority _servers = new("Of servers");
    readonly TestAuthority _clients = new("Of clients");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _servers.Dispose();
        _clients.Dispose();
    }

    [Fact]
    public async Task Who_shows_a_certificate_of_the_authority_is_served_and_who_shows_none_gets_the_probes_alone()
    {
        await using var app = await StartAsync();
        using var known = Client(app, _clients.Issue("caller"));
        Assert.Equal("hello", await known.GetStringAsync(Page, Ct));
        using var nobody = _servers.Client(Address(app));
        foreach (var path in (string[])["/page", "/metrics", "/absent"])
        {
            using var answer = await nobody.GetAsync(new Uri(path, UriKind.Relative), Ct);
            Assert.Equal((HttpStatusCode.Forbidden, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
            Assert.Contains("\"code\":\"certificate_required\"", await answer.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        }
        foreach (var probe in (string[])["/healthz", "/readyz"])
        {
            using var answer = await nobody.GetAsync(new Uri(probe, UriKind.Relative), Ct);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_certificate_of_another_authority_or_for_another_use_or_that_has_ended_fails_the_handshake()
    {
        await using var app = await StartAsync();
        foreach (var shown in new[] { _servers.Issue("stranger"), _clients.Issue("server-only", use: "1.3.6.1.5.5.7.3.1"), _clients.Issue("ended", isOver: true) })
        {
            using var client = Client(app, shown);
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri("/healthz", UriKind.Relative), Ct));
        }
        using var usual = Client(app, _clients.Issue("client-only", use: "1.3.6.1.5.5.7.3.2"));
        Assert.Equal("hello", await usual.GetStringAsync(Page, Ct));
    }

    [Fact]
    public async Task Nothing_is_fetched_from_where_a_certificate_says_that_its_issuer_is()
    {
        await using var app = await StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var issuers = new Uri($"http://{listener.LocalEndpoint}/ca.cer");
        using var unknown = new TestAuthority("Unknown");
        using var client = Client(app, unknown.Issue("stranger", issuers: issuers));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(Page, Ct));
        // A connection waits here though nobody accepts it.
        Assert.False(listener.Pending());
        using var known = Client(app, _clients.Issue("caller", issuers: issuers));
        Assert.Equal("hello", await known.GetStringAsync(Page, Ct));
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_changed_file_is_used_and_one_that_cannot_be_read_is_not()
    {
        await using var app = await StartAsync();
        var caller = _clients.Issue("caller");
        await File.WriteAllTextAsync(_clients.Certificate, "no certificate", Ct);
        using (var still = Client(app, caller))
            Assert.Equal("hello", await still.GetStringAsync(Page, Ct));
        using var other = new TestAuthority("Other clients");
        File.Copy(other.Certificate, _clients.Certificate, overwrite: true);
        File.SetLastWriteTimeUtc(_clients.Certificate, TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1));
        using var before = Client(app, caller);
        await Assert.ThrowsAsync<HttpRequestException>(() => before.GetAsync(Page, Ct));
        using var now = Client(app, other.Issue("caller"));
        Assert.Equal("hello", await now.GetStringAsync(Page, Ct));
    }

    [Fact]
    public async Task A_file_without_a_certificate_and_one_without_HTTPS_stop_the_start()
    {
        var (certificate, key) = _servers.Issue("server");
        using var unreadable = SampleProcess.Start(("HTTP_TLS_CERT_FILE", certificate), ("HTTP_TLS_KEY_FILE", key), ("HTTP_TLS_CLIENT_CA_FILE", key));
        var (exitCode, _, error) = await unreadable.EndAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains($"HTTP_TLS_CLIENT_CA_FILE is '{key}': a file with certificates in PEM is expected (there is no certificate in it).", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        using var plain = SampleProcess.Start(("HTTP_TLS_CLIENT_CA_FILE", _clients.Certificate));
        (exitCode, _, error) = await plain.EndAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains($"HTTP_TLS_CLIENT_CA_FILE is '{_clients.Certificate}': it is of no use without HTTP_TLS_CERT_FILE.", error, StringComparison.Ordinal);
    }

    async Task<WebApplication> StartAsync()
    {
        var (certificate, key) = _servers.Issue("server");
        var app = TestApp.Build(
            builder => builder.UseHttpAddress<HttpOptions>(),
            $"--HTTP_TLS_CERT_FILE={certificate}", $"--HTTP_TLS_KEY_FILE={key}", $"--HTTP_TLS_CLIENT_CA_FILE={_clients.Certificate}", "--HTTP_HOST=127.0.0.1", "--HTTP_PORT=0");
        app.MapDefaultEndpoints();
        app.MapGet("/page", () => TypedResults.Text("hello"));
        await app.StartAsync(Ct);
        return app;
    }

    /// <summary>A client that believes the server and shows a certificate.</summary>
    HttpClient Client(WebApplication app, (string Certificate, string Key) files)
    {
        using var ephemeral = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        return _servers.Client(Address(app), X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null));
    }

    static Uri Address(WebApplication app) => new(app.Urls.Single());
}
