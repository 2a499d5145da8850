using System.Net;
using System.Net.Sockets;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class HttpAddressTests
{
    [Fact]
    public void Defaults_are_those_of_the_documentation()
    {
        Assert.Equal(("0.0.0.0", 8080), (new HttpOptions().Host, new HttpOptions().Port));
        Assert.Equal(("0.0.0.0", 8081), (new WorkerHttpOptions().Host, new WorkerHttpOptions().Port));
    }

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:0")]
    [InlineData("::1", "http://[::1]:0")]
    [InlineData("*", "http://*:0")]
    public void The_variables_choose_the_address(string host, string expected)
    {
        Assert.Equal([expected], Urls<HttpOptions>($"--HTTP_HOST={host}", "--HTTP_PORT=0"));
        Assert.Equal([expected], Urls<WorkerHttpOptions>($"--WORKER_HTTP_HOST={host}", "--WORKER_HTTP_PORT=0"));
    }

    [Fact]
    public void Urls_that_Aspire_gives_win_over_the_variables() =>
        Assert.Empty(Urls<HttpOptions>("--urls=http://127.0.0.1:0", "--HTTP_PORT=0"));

    [Fact]
    public void Ports_of_a_container_image_win_over_the_default_but_not_over_the_variables()
    {
        Assert.Empty(Urls<HttpOptions>("--http_ports=8080"));
        Assert.Equal(["http://0.0.0.0:0"], Urls<HttpOptions>("--http_ports=8080", "--HTTP_PORT=0"));
    }

    [Fact]
    public async Task A_process_listens_where_its_variables_say()
    {
        using var sample = SampleProcess.Start(("HTTP_HOST", "127.0.0.1"), ("HTTP_PORT", "0"));
        using var client = new HttpClient { BaseAddress = new Uri(await sample.ListeningAsync()) };

        Assert.Equal(
            """{"status":"ready","checks":{}}""",
            await client.GetStringAsync(new Uri("/readyz", UriKind.Relative), TestContext.Current.CancellationToken));
        Assert.Equal("127.0.0.1", client.BaseAddress.Host);
    }

    [Theory]
    [InlineData("HTTP_PORT", "{0}", "0.0.0.0")]
    [InlineData("ASPNETCORE_URLS", "http://localhost:{0}", "localhost")]
    public async Task A_taken_port_is_one_sentence_that_says_what_to_change(string variable, string value, string host)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        using var sample = SampleProcess.Start((variable, value.Replace("{0}", $"{port}", StringComparison.Ordinal)));
        var (exitCode, output, error) = await sample.EndAsync();

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal(
            $"AiPlatform.ServiceDefaults.Sample cannot start: port {port} of {host} is taken. " +
            $"Stop the process that holds it, or set {variable} to another one.{Environment.NewLine}",
            error);
    }

    static List<string> Urls<TAddress>(params string[] args)
        where TAddress : class, IHttpAddress, new()
    {
        using var app = TestApp.Build(builder => builder.UseHttpAddress<TAddress>(), args);
        app.MapDefaultEndpoints();
        return [.. app.Urls];
    }
}
