using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Jobs.Tests;

/// <summary>Postgres and Redis with certificates of an authority of one's own.</summary>
public sealed class TlsTests(OwnStores own) : IClassFixture<OwnStores>, IDisposable
{
    readonly TestAuthority _authority = new();
    readonly TestAuthority _other = new("Another authority");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task Postgres_is_believed_by_its_authority_and_by_no_other()
    {
        var plain = new NpgsqlConnectionStringBuilder(own.Stores.ConnectionString);
        await EncryptAsync(plain.ConnectionString);
        string Url(TestAuthority authority) => $"postgres://{Uri.EscapeDataString(plain.Username!)}:{Uri.EscapeDataString(plain.Password ?? "")}@127.0.0.1:{plain.Port}/{plain.Database}"
            + $"?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(authority.Certificate)}";

        // The server takes its new settings when it comes to it.
        await Eventually.That(async () =>
        {
            await using var source = NpgsqlDataSource.Create(JobConnections.Postgres(Url(_authority), "tests") + ";Pooling=false");
            await using var command = source.CreateCommand("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
            Assert.Equal(true, await command.ExecuteScalarAsync(Ct));
        }, Ct);

        using var host = Build(Url(_other), own.Stores.RedisConnectionString);
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Ct));
        Assert.StartsWith("DATABASE_URL asks for a certificate that Postgres does not show (sslmode, sslrootcert): ", Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_fetched_from_where_a_certificate_of_Redis_says_that_its_issuer_is()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var shown = X509Certificate2.CreateFromPem(File.ReadAllText(_other.Issue("elsewhere", issuers: new Uri($"http://{listener.LocalEndpoint}/ca.cer")).Certificate));
        Assert.False(RedisTrust.Of(_authority.Certificate).Accepts(shown, null, SslPolicyErrors.None));
        // A connection waits here though nobody accepts it.
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task Redis_is_believed_by_its_authority_and_by_no_other()
    {
        var (redis, port) = await StartRedisAsync();
        using var _ = redis;
        try
        {
            var url = $"rediss://localhost:{port}";
            using var host = Build(own.Stores.ConnectionString, url, _authority.Certificate);
            await Eventually.That(async () => Assert.True(await host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().PingAsync() > TimeSpan.Zero), Ct);

            using var stranger = Build(own.Stores.ConnectionString, url, _other.Certificate);
            await Eventually.That(() =>
            {
                Assert.False(stranger.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected);
                Assert.StartsWith("Its certificate is not trusted by REDIS_CA_FILE: ", stranger.Services.GetRequiredService<RedisTrust>().Refusal, StringComparison.Ordinal);
            }, Ct);
        }
        finally
        {
            redis.Kill();
        }
    }

    [Theory]
    [InlineData("rediss://localhost", "/nowhere.pem", "REDIS_CA_FILE is '/nowhere.pem': a file with certificates in PEM is expected; ")]
    [InlineData("redis://localhost", "ca", "REDIS_CA_FILE is '{0}': a file with certificates in PEM is expected; and REDIS_URL is without TLS, which begins with rediss")]
    public async Task A_file_of_authorities_that_is_of_no_use_stops_the_start(string url, string file, string message)
    {
        using var host = Build(own.Stores.ConnectionString, url, file == "ca" ? _authority.Certificate : file);
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Ct));
        Assert.StartsWith(message.Replace("{0}", _authority.Certificate, StringComparison.Ordinal), Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    static IHost Build(string database, string redis, string? authority = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["DATABASE_URL"] = database, ["REDIS_URL"] = redis, ["REDIS_CA_FILE"] = authority });
        builder.AddJobConnections();
        builder.AddNpgsqlDataSource("jobs");
        builder.AddRedisClient("redis", configureOptions: builder.TrustOfRedis());
        builder.AddJobs();
        builder.Services.AddMetrics();
        return builder.Build();
    }

    async Task EncryptAsync(string connectionString)
    {
        var (certificate, key) = _authority.Issue("postgres");
        await using var source = NpgsqlDataSource.Create(connectionString);
        // The server writes them into its own folder, in a form that no quoting changes.
        foreach (var (name, file) in new[] { ("tls.crt", certificate), ("tls.key", key) })
        {
            var content = Convert.ToBase64String(Encoding.ASCII.GetBytes(await File.ReadAllTextAsync(file, Ct)));
            await ExecuteAsync(source, $"copy (select '{content}') to program 'base64 -d > {name} && chmod 600 {name}'");
        }
        foreach (var setting in (string[])["ssl_cert_file = 'tls.crt'", "ssl_key_file = 'tls.key'", "ssl = on"])
            await ExecuteAsync(source, $"alter system set {setting}");
        await ExecuteAsync(source, "select pg_reload_conf()");
    }

    static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>A Redis that speaks TLS only. Another process may take the free port first: then on another one.</summary>
    async Task<(Process Redis, int Port)> StartRedisAsync()
    {
        var (certificate, key) = _authority.Issue("redis");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var port = FreePort();
            var redis = Start([
                "--port", "0", "--bind", "127.0.0.1", "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-cert-file", certificate, "--tls-key-file", key,
                "--tls-ca-cert-file", _authority.Certificate, "--tls-auth-clients", "no", "--save", "", "--appendonly", "no",
            ]);
            while (await redis.StandardOutput.ReadLineAsync(Ct) is { } line)
            {
                if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
                    return (redis, port);
            }
            redis.Dispose();
        }
        throw new InvalidOperationException("redis-server did not start.");
    }

    static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("redis-server", arguments) { RedirectStandardOutput = true })!;
        }
        catch (System.ComponentModel.Win32Exception absent) when (Environment.GetEnvironmentVariable("CI") != "true")
        {
            Assert.Skip($"redis-server: {absent.Message}");
            throw;
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
