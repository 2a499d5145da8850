using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class TransportTests
{
    [Fact]
    public async Task A_reset_is_no_tidy_end()
    {
        await using var server = await StartAsync();
        using var client = await ConnectAsync(server, "reset");
        var broken = await Assert.ThrowsAsync<SocketException>(async () => await client.ReceiveAsync(new byte[1], SocketFlags.None, Cancelled));
        Assert.Equal(SocketError.ConnectionReset, broken.SocketErrorCode);
    }

    [Fact]
    public async Task Slow_headers_begin_with_a_single_byte()
    {
        await using var server = await StartAsync();
        using var client = await ConnectAsync(server, "slow_headers;every=10m");
        Assert.Equal(1, await client.ReceiveAsync(new byte[100], SocketFlags.None, Cancelled));
    }

    [Fact]
    public async Task After_slow_headers_the_connection_goes_on_as_usual()
    {
        await using var server = await StartAsync();
        using var client = await ConnectAsync(server, "slow_headers;every=1ms");
        Assert.StartsWith("HTTP/1.1 200", await ReadAsync(client), StringComparison.Ordinal);
        await SendAsync(client, null);
        Assert.StartsWith("HTTP/1.1 200", await ReadAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_trusts_the_ca_accepts_the_certificate()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var server = await StartAsync("urls=https://127.0.0.1:0", $"SIMULATOR_TLS_CA_FILE={file}");
            using var ca = X509CertificateLoader.LoadCertificateFromFile(file);
            Assert.Equal(SslPolicyErrors.RemoteCertificateChainErrors, await ErrorsAsync(server, null));
            Assert.Equal(SslPolicyErrors.None, await ErrorsAsync(server, ca));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("expired", SslPolicyErrors.RemoteCertificateChainErrors)]
    [InlineData("wrong-name", SslPolicyErrors.RemoteCertificateNameMismatch)]
    public async Task A_bad_certificate_is_bad_even_to_a_caller_that_trusts_the_ca(string kind, SslPolicyErrors errors)
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var server = await StartAsync("urls=https://127.0.0.1:0", $"SIMULATOR_TLS_CA_FILE={file}", $"SIMULATOR_TLS_CERTIFICATE={kind}");
            using var ca = X509CertificateLoader.LoadCertificateFromFile(file);
            Assert.Equal(errors, await ErrorsAsync(server, ca));
        }
        finally
        {
            File.Delete(file);
        }
    }

    static async Task<Socket> ConnectAsync(SimulatorServer server, string? fault)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Cancelled);
        await SendAsync(client, fault);
        return client;
    }

    static async Task SendAsync(Socket client, string? fault)
    {
        const string Body = """{"messages":[{"role":"user","content":"Hi"}]}""";
        var header = fault is null ? "" : $"X-Simulator-Fault: {fault}\r\n";
        await client.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n{header}Content-Length: {Body.Length}\r\n\r\n{Body}"), Cancelled);
    }

    /// <summary>Reads a whole JSON answer.</summary>
    static async Task<string> ReadAsync(Socket client)
    {
        var read = "";
        var buffer = new byte[4096];
        while (!read.EndsWith('}'))
        {
            var count = await client.ReceiveAsync(buffer, Cancelled);
            Assert.True(count > 0, read);
            read += Encoding.UTF8.GetString(buffer, 0, count);
        }

        return read;
    }

    static async Task<SslPolicyErrors> ErrorsAsync(SimulatorServer server, X509Certificate2? ca)
    {
        var seen = SslPolicyErrors.None;
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port, Cancelled);
        await using var tls = new SslStream(client.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = (_, _, _, errors) =>
            {
                seen = errors;
                return errors == SslPolicyErrors.None;
            },
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck }
        };
        if (ca is not null)
            options.CertificateChainPolicy.CustomTrustStore.Add(ca);
        try
        {
            await tls.AuthenticateAsClientAsync(options, Cancelled);
        }
        catch (AuthenticationException)
        {
            Assert.NotEqual(SslPolicyErrors.None, seen);
        }

        return seen;
    }
}
