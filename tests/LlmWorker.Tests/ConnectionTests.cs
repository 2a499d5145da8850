using System.Net;
using System.Net.Sockets;
using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Tests;

/// <summary>Servers that are not there, or go away.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task Nothing_listens()
    {
        var address = await UnusedAddressAsync();

        var failure = (await Call.ToAsync(address)).Failure();

        Assert.Equal(
            new ProviderFailure(
                ErrorCategories.ProviderError,
                $"openai-compatible at http://127.0.0.1:{address.Port} cannot be reached: nothing listens there; is it running, and is LLM_BASE_URL right?",
                "connect"),
            failure);
    }

    [Fact]
    public async Task The_host_name_is_not_known()
    {
        var failure = (await Call.ToAsync(new Uri("http://no-such-host.invalid:8000"))).Failure();

        Assert.Equal(
            new ProviderFailure(
                ErrorCategories.ProviderError,
                "openai-compatible at http://no-such-host.invalid:8000 cannot be reached: the host name of LLM_BASE_URL is not known.",
                "name_resolution"),
            failure);
    }

    [Fact]
    public async Task A_server_without_tls_is_addressed_as_https()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, "");
        var https = new UriBuilder(server.Address) { Scheme = "https" }.Uri;

        var failure = (await Call.ToAsync(https)).Failure();

        Assert.Equal(ErrorCategories.ProviderError, failure.Category);
        Assert.Equal("tls", failure.Type);
    }

    [Fact]
    public async Task A_full_backlog_runs_into_the_connect_timeout()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        // Nobody accepts: the kernel keeps one connection beyond the backlog and lets the rest knock in vain.
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        var options = Call.Options(new Uri($"http://127.0.0.1:{port}"));
        options.ConnectTimeout = TimeSpan.FromMilliseconds(300);

        var failure = (await Call.WithAsync(options)).Failure();

        Assert.Equal(
            new ProviderFailure(
                ErrorCategories.ProviderTimeout,
                $"openai-compatible at http://127.0.0.1:{port} did not accept a connection within 0.3 s (LLM_CONNECT_TIMEOUT).",
                "timeout"),
            failure);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("cut;after=2")]
    public async Task The_connection_breaks(string fault)
    {
        await using var simulator = await Simulator.StartAsync();

        var failure = (await Call.WithAsync(WithFault(simulator, fault))).Failure();

        Assert.Equal(
            new ProviderFailure(
                ErrorCategories.ProviderError,
                $"openai-compatible at {simulator.Address.ToString().TrimEnd('/')} closed the connection before its answer was complete.",
                "stream_cut"),
            failure);
    }

    [Theory]
    [InlineData("ends")]
    [InlineData("breaks")]
    public async Task A_stream_with_event_ids_is_not_asked_for_again(string how)
    {
        await using var server = await ScriptedServer.BeginningAsync("retry: 1\n\nid: 7\n" + Sse.Text("Hi"), context =>
        {
            if (how == "breaks")
            {
                context.Abort();
            }
            return Task.CompletedTask;
        });

        var failure = (await Call.ToAsync(server.Address)).Failure();

        Assert.Equal("stream_cut", failure.Type);
        Assert.Single(server.Bodies);
    }

    [Fact]
    public async Task No_key_is_invented_for_a_server_that_needs_none()
    {
        await using var server = await ScriptedServer.StreamingAsync(Sse.Text("Hi") + Sse.Finish() + Sse.Done);

        await Call.ToAsync(server.Address);
        await Call.WithAsync(Call.Options(server.Address, "sk-1"));

        Assert.Equal(["", "Bearer sk-1"], server.Headers.Select(headers => headers.Authorization.ToString()));
        Assert.Equal("request-1", server.Headers[0]["X-Request-Id"].ToString());
    }

    static LlmOptions WithFault(Simulator simulator, string fault)
    {
        var options = Call.Options(simulator.Address);
        options.Model = $"qwen2.5-14b@{fault}";
        return options;
    }

    static async Task<Uri> UnusedAddressAsync()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, "");
        return server.Address;
    }
}
