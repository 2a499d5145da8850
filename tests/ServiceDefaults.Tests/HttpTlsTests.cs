using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using AiPlatform.Testing;
using Microsoft.AspNetCore.Builder;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class HttpTlsTests : IDisposable
{
    readonly TestAuthority _authority = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("a password")]
    public async Task A_process_with_a_certificate_serves_https_and_says_so_to_browsers(string? password)
    {
        var (certificate, key) = _authority.Issue("server", password);
        await using var app = await StartAsync($"--HTTP_TLS_CERT_FILE={certificate}", $"--HTTP_TLS_KEY_FILE={key}", $"--HTTP_TLS_KEY_PASSWORD={password}");
        Assert.Equal("https", Address(app).Scheme);
        using var client = _authority.Client(Address(app));
        using var answer = await client.GetAsync(new Uri("/healthz", UriKind.Relative), Ct);
        Assert.Equal("max-age=31536000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task The_certificate_and_the_key_may_stand_in_one_file()
    {
        var (certificate, key) = _authority.Issue("server");
        await File.AppendAllTextAsync(certificate, "\n" + await File.ReadAllTextAsync(key, Ct), Ct);
        await using var app = await StartAsync($"--HTTP_TLS_CERT_FILE={certificate}");
        using var client = _authority.Client(Address(app));
        Assert.Equal("{\"status\":\"ok\"}", await client.GetStringAsync(new Uri("/healthz", UriKind.Relative), Ct));
    }

    [Fact]
    public async Task Who_believes_another_authority_is_not_served()
    {
        var (certificate, key) = _authority.Issue("server");
        await using var app = await StartAsync($"--HTTP_TLS_CERT_FILE={certificate}", $"--HTTP_TLS_KEY_FILE={key}");
        using var other = new TestAuthority();
        using var client = other.Client(Address(app));
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri("/healthz", UriKind.Relative), Ct));
        Assert.IsType<AuthenticationException>(failure.InnerException);
    }

    [Fact]
    public async Task A_changed_certificate_is_used_and_one_that_cannot_be_read_is_not()
    {
        var (certificate, key) = _authority.Issue("server");
        await using var app = await StartAsync($"--HTTP_TLS_CERT_FILE={certificate}", $"--HTTP_TLS_KEY_FILE={key}");
        var first = await SerialAsync(app);
        await File.WriteAllTextAsync(key, "no key", Ct);
        Assert.Equal(first, await SerialAsync(app));
        _authority.Issue("server");
        Assert.NotEqual(first, await SerialAsync(app));
    }

    [Fact]
    public async Task Plain_http_and_old_protocols_are_not_answered()
    {
        var (certificate, key) = _authority.Issue("server");
        await using var app = await StartAsync($"--HTTP_TLS_CERT_FILE={certificate}", $"--HTTP_TLS_KEY_FILE={key}");
        using var http = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri($"http://127.0.0.1:{Address(app).Port}/healthz"), Ct));
#pragma warning disable CA5397, SYSLIB0039 // What is not to be served.
        await Assert.ThrowsAnyAsync<Exception>(() => SerialAsync(app, SslProtocols.Tls11));
#pragma warning restore CA5397, SYSLIB0039
    }

    [Fact]
    public async Task Files_that_are_no_certificate_stop_the_start_with_what_is_wrong()
    {
        var (certificate, _) = _authority.Issue("server");
        var (_, otherKey) = _authority.Issue("other");
        foreach (var (cert, key) in new[] { (certificate, otherKey), ("/nowhere.pem", otherKey) })
        {
            using var sample = SampleProcess.Start(("HTTP_TLS_CERT_FILE", cert), ("HTTP_TLS_KEY_FILE", key));
            var (exitCode, _, error) = await sample.EndAsync();
            Assert.Equal(1, exitCode);
            Assert.Contains($"HTTP_TLS_CERT_FILE is '{cert}', HTTP_TLS_KEY_FILE is '{key}': a certificate in PEM and its key are expected; ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_certificate_for_addresses_that_are_all_http_stops_the_start()
    {
        var (certificate, key) = _authority.Issue("server");
        using var sample = SampleProcess.Start(("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("HTTP_TLS_CERT_FILE", certificate), ("HTTP_TLS_KEY_FILE", key));
        var (exitCode, _, error) = await sample.EndAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("HTTP_TLS_CERT_FILE is set, and ASPNETCORE_URLS is 'http://127.0.0.1:0': write https there, or leave one of the two out.", error, StringComparison.Ordinal);
    }

    static async Task<WebApplication> StartAsync(params string[] args)
    {
        var app = TestApp.Build(builder => builder.UseHttpAddress<HttpOptions>(), [.. args, "--HTTP_HOST=127.0.0.1", "--HTTP_PORT=0", "--http_ports=8080"]);
        app.MapDefaultEndpoints();
        await app.StartAsync(Ct);
        return app;
    }

    static Uri Address(WebApplication app) => new(app.Urls.Single());

    static async Task<string> SerialAsync(WebApplication app, SslProtocols protocols = SslProtocols.None)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", Address(app).Port, Ct);
#pragma warning disable CA5359 // Which certificate it is is what is asked.
        await using var ssl = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await ssl.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = protocols }, Ct);
        return ssl.RemoteCertificate!.GetSerialNumberString();
    }
}
