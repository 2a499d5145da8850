using System.Net;
using System.Net.Sockets;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Tests.Audio;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests.Fetching;

/// <summary>Fetches from a store of the tests' own, by a name that leads to this machine.</summary>
static class Fetches
{
    public const string Store = "recordings.test";

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<AudioRead> FetchAsync(
        AudioHost audio, ScriptedServer server, string? url = null, string path = "/call.wav", Action<AudioOptions>? configure = null)
    {
        var options = Allowing(server);
        configure?.Invoke(options);
        using var fetcher = Fetcher(options);
        return await audio.FetchAsync(fetcher, url ?? Url(server, path), Ct);
    }

    public static void OneMegabyte(AudioOptions options) => options.MaxMegabytes = 1;

    public static AudioProblem Problem(AudioRead read) => Assert.IsType<AudioRead.Failed>(read).Problem;

    public static AudioOptions Allowing(ScriptedServer server) => new() { AllowedHosts = [$"{Store}:{server.Address.Port}"] };

    public static string Url(ScriptedServer server, string path = "/call.wav") => $"http://{Store}:{server.Address.Port}{path}";

    public static AudioFetcher Fetcher(AudioOptions options) => new(Options.Create(options), ResolveAsync, TimeProvider.System);

    public static Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct) => Task.FromResult<IPAddress[]>(host switch
    {
        Store => [IPAddress.Loopback],
        "inside.test" => [IPAddress.Parse("10.1.2.3")],
        "half.test" => [IPAddress.Parse("192.0.43.8"), IPAddress.IPv6Loopback],
        "metadata.test" => [IPAddress.Parse("169.254.169.254")],
        _ => throw new SocketException((int)SocketError.HostNotFound),
    });
}
