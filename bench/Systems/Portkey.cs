using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AiPlatform.Bench.Systems;

/// <summary>Portkey's gateway, the peer that keeps nothing: what goes through it is lost with it.</summary>
sealed class Portkey : IAsyncDisposable
{
    public const string Name = "Portkey";

    static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    readonly Process _process;

    Portkey(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<Portkey> StartAsync(CancellationToken ct)
    {
        await Peers.InstallAsync(ct);
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var server = Path.Combine(Peers.Folder, "node_modules", "@portkey-ai", "gateway", "build", "start-server.js");
        // What it prints is of no use here, and a pipe that nobody reads would stop it.
        var info = new ProcessStartInfo("sh", ["-c", "exec node \"$0\" --port=\"$1\" --headless >/dev/null 2>&1", server, $"{address.Port}"]);
        info.Environment["NODE_ENV"] = "production";
        var portkey = new Portkey(Process.Start(info) ?? throw new InvalidOperationException("sh was not started."), address);
        try
        {
            await portkey.AnswersAsync(ct);
            return portkey;
        }
        catch
        {
            await portkey.DisposeAsync();
            throw;
        }
    }

    /// <param name="model">The address of the server that it stands before.</param>
    public static IReadOnlyDictionary<string, string> Headers(Uri model) => new Dictionary<string, string>
    {
        ["x-portkey-provider"] = "openai",
        ["x-portkey-custom-host"] = new Uri(model, "/v1").ToString(),
    };

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    async Task AnswersAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        using var client = new HttpClient { BaseAddress = Address };
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(new Uri("/", UriKind.Relative), limit.Token);
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
            }
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
