using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Tests.Audio;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>Fetching an <c>audio_url</c>: where it may lead, how much may come, and how long it may take.</summary>
public sealed class AudioFetcherTests
{
    const string Store = "recordings.test";
    const string Leads = ", which is not a public address (private, loopback, link-local or reserved). For a store of your own, put ";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Audio_is_fetched_byte_for_byte()
    {
        await using var audio = new AudioHost();
        var call = Wav.Tone(3);
        await using var server = await ScriptedServer.AnsweringAsync(200, call);

        var read = await FetchAsync(audio, server, $"http://{Store}:{server.Address.Port}/a/call.wav?signature=s3cret");

        using var spooled = Assert.IsType<AudioRead.Spooled>(read).Audio;
        Assert.Equal(call, await File.ReadAllBytesAsync(spooled.Path, Ct));
        Assert.Equal((call.Length, Convert.ToHexStringLower(SHA256.HashData(call))), (spooled.Bytes, spooled.Sha256));
        var request = Assert.Single(server.Requests);
        Assert.Equal("/a/call.wav", request.Path);
        Assert.Equal("identity", request.Headers.AcceptEncoding.ToString());
        Assert.False(request.Headers.ContainsKey("traceparent"));
    }

    [Theory]
    [InlineData("call.wav", "audio_url is not an absolute URL; http:// or https:// with a host is expected.")]
    [InlineData("http://\u05d01a.example/a.wav", "audio_url is not an absolute URL; http:// or https:// with a host is expected.")]
    [InlineData("http://", "audio_url is not an absolute URL; http:// or https:// with a host is expected.")]
    [InlineData("file:///etc/passwd", "audio_url is not an absolute URL; http:// or https:// with a host is expected.")]
    [InlineData("ftp://recordings.test/a.wav", "audio_url has the scheme 'ftp'; only http and https are allowed.")]
    [InlineData("gopher://recordings.test/a.wav", "audio_url has the scheme 'gopher'; only http and https are allowed.")]
    [InlineData("http://me:pw@recordings.test/a.wav", "audio_url has a user name or password in it, which is not allowed; use a signed URL.")]
    [InlineData(
        "http://recordings.test:22/a.wav",
        "audio_url has the port 22; only 80 and 443 are allowed. For a store of your own, put recordings.test:22 into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://127.0.0.1/a.wav", "audio_url leads to 127.0.0.1" + Leads + "127.0.0.1 into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://2130706433/a.wav", "audio_url leads to 127.0.0.1" + Leads + "127.0.0.1 into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://0x7f.1/a.wav", "audio_url leads to 127.0.0.1" + Leads + "127.0.0.1 into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://[::ffff:10.0.0.1]/a.wav", "audio_url leads to ::ffff:10.0.0.1" + Leads + "[::ffff:10.0.0.1] into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("https://[fd00::1]/a.wav", "audio_url leads to fd00::1" + Leads + "[fd00::1] into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://inside.test/a.wav", "audio_url leads to inside.test" + Leads + "inside.test into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://half.test/a.wav", "audio_url leads to half.test" + Leads + "half.test into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://metadata.test/latest/", "audio_url leads to metadata.test" + Leads + "metadata.test into AUDIO_URL_ALLOWED_HOSTS.")]
    public async Task A_forbidden_URL_is_refused_before_anything_is_sent(string url, string message)
    {
        await using var audio = new AudioHost();
        using var fetcher = Fetcher(new AudioOptions());

        Assert.Equal(AudioProblem.Forbidden(message), Problem(await audio.FetchAsync(fetcher, url, Ct)));
    }

    /// <summary>A name leads there, which no look at the URL can tell; the server at that address would answer.</summary>
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fc00::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public async Task A_name_that_leads_to_no_public_address_is_refused_first_and_after_a_redirect(string address)
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.AnsweringAsync(302, "", headers: ("Location", "http://leads.test/a.wav"));
        using var fetcher = new AudioFetcher(
            Options.Create(Allowing(server)), (host, _) => Task.FromResult<IPAddress[]>(host == Store ? [IPAddress.Loopback] : [IPAddress.Parse(address)]),
            TimeProvider.System);
        var refused = AudioProblem.Forbidden("audio_url leads to leads.test" + Leads + "leads.test into AUDIO_URL_ALLOWED_HOSTS.");

        Assert.Equal(refused, Problem(await audio.FetchAsync(fetcher, "http://leads.test/a.wav", Ct)));
        Assert.Equal(refused, Problem(await audio.FetchAsync(fetcher, Url(server), Ct)));
    }

    [Theory]
    [InlineData("http://inside.test/a.wav", "audio_url leads to inside.test" + Leads + "inside.test into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://169.254.169.254/latest/", "audio_url leads to 169.254.169.254" + Leads + "169.254.169.254 into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("file:///etc/passwd", "audio_url has the scheme 'file'; only http and https are allowed.")]
    [InlineData("ftp://recordings.test/a.wav", "audio_url has the scheme 'ftp'; only http and https are allowed.")]
    [InlineData("http://me:pw@recordings.test/", "audio_url has a user name or password in it, which is not allowed; use a signed URL.")]
    public async Task A_redirect_is_checked_as_the_first_URL_is(string location, string message)
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.AnsweringAsync(302, "", headers: ("Location", location));

        Assert.Equal(AudioProblem.Forbidden(message), Problem(await FetchAsync(audio, server)));
    }

    [Fact]
    public void A_redirect_to_a_host_that_cannot_be_spelled_is_refused() => Assert.Equal(
        AudioProblem.Forbidden("audio_url has or redirects to a host that is not a name DNS can hold."),
        AudioUrlRules.Check(new Uri("http://\u05d01a.example:81/a.wav"), new AiPlatform.ServiceDefaults.Egress.AllowedHosts([])));

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public async Task At_most_three_redirects_are_followed(int redirects)
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var hop = int.Parse(context.Request.Path.Value![1..], System.Globalization.CultureInfo.InvariantCulture);
            return hop < redirects
                ? ScriptedServer.AnswerAsync(context, 307, [], "text/plain", ("Location", $"/{hop + 1}"))
                : ScriptedServer.AnswerAsync(context, 200, Wav.Tone(1), "audio/wav");
        });

        var read = await FetchAsync(audio, server, path: "/0");

        if (redirects == 3)
        {
            Assert.IsType<AudioRead.Spooled>(read).Audio.Dispose();
        }
        else
        {
            Assert.Equal(AudioProblem.Unreadable("audio_url redirects more than 3 times."), Problem(read));
        }
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_that_address_is_connected_to()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, Wav.Tone(1));
        var lookups = 0;
        Task<IPAddress[]> Resolve(string host, CancellationToken ct) =>
            Task.FromResult(Interlocked.Increment(ref lookups) == 1 ? [IPAddress.Loopback] : new[] { IPAddress.Parse("192.0.2.1") });
        await using var audio = new AudioHost();
        using var fetcher = new AudioFetcher(Options.Create(Allowing(server)), Resolve, TimeProvider.System);

        Assert.IsType<AudioRead.Spooled>(await audio.FetchAsync(fetcher, Url(server), Ct)).Audio.Dispose();
        Assert.Equal(1, lookups);
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(403, false)]
    [InlineData(204, false)]
    [InlineData(302, false)]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    public async Task A_status_that_is_not_200_is_told_and_passes_or_not(int status, bool passes)
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.AnsweringAsync(status, [], "text/plain");

        Assert.Equal(
            new AudioProblem("audio_unreadable", $"{Store} answered audio_url with HTTP {status}.", passes), Problem(await FetchAsync(audio, server)));
    }

    [Fact]
    public async Task Audio_that_says_it_is_too_large_is_refused()
    {
        await using var audio = new AudioHost(OneMegabyte);
        await using var server = await ScriptedServer.AnsweringAsync(200, new byte[1536 * 1024]);

        Assert.Equal(
            AudioProblem.Unreadable("The audio has 1.5 MiB; at most 1 MiB (AUDIO_MAX_MB) are accepted."),
            Problem(await FetchAsync(audio, server, configure: OneMegabyte)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Audio_without_a_length_is_read_up_to_the_limit_and_no_further(int extraBytes, bool accepted)
    {
        await using var audio = new AudioHost(OneMegabyte);
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            await context.Response.StartAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(new byte[(1024 * 1024) + extraBytes], context.RequestAborted);
            if (!accepted)
            {
                await ScriptedServer.SilenceAsync(context);
            }
        });

        var read = await FetchAsync(audio, server, configure: OneMegabyte);

        if (accepted)
        {
            using var spooled = Assert.IsType<AudioRead.Spooled>(read).Audio;
            Assert.Equal(1024 * 1024, spooled.Bytes);
        }
        else
        {
            Assert.Equal(AudioProblem.Unreadable("The audio has more than 1 MiB (AUDIO_MAX_MB), the most that is accepted."), Problem(read));
            await server.ClientLeft;
        }
    }

    [Fact]
    public async Task A_store_that_falls_silent_is_left()
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await ScriptedServer.SilenceAsync(context);
        });

        Assert.Equal(
            AudioProblem.Passing($"{Store} was silent for 3 s (AUDIO_FETCH_IDLE_TIMEOUT)."),
            Problem(await FetchAsync(audio, server, configure: options => options.FetchIdleTimeout = TimeSpan.FromSeconds(3))));
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_store_that_never_ends_is_left()
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            while (true)
            {
                await context.Response.Body.WriteAsync(new byte[1], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(10, context.RequestAborted);
            }
        });

        Assert.Equal(
            AudioProblem.Passing($"{Store} did not give the audio within 0.3 s (AUDIO_FETCH_TIMEOUT)."),
            Problem(await FetchAsync(audio, server, configure: options => options.FetchTimeout = TimeSpan.FromSeconds(0.3))));
    }

    [Fact]
    public async Task A_store_that_breaks_off_is_told()
    {
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        });

        Assert.Equal(AudioProblem.Passing($"{Store} broke off before the audio was complete."), Problem(await FetchAsync(audio, server)));
    }

    [Fact]
    public async Task A_store_that_is_not_there_is_told()
    {
        var gone = await ScriptedServer.AnsweringAsync(200, "");
        var options = Allowing(gone);
        var url = Url(gone);
        await gone.DisposeAsync();
        await using var audio = new AudioHost();
        using var fetcher = Fetcher(options);

        Assert.Equal(AudioProblem.Passing($"{Store} could not be connected to."), Problem(await audio.FetchAsync(fetcher, url, Ct)));
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, "The host of audio_url, nowhere.test, is not known.", false)]
    [InlineData(SocketError.TryAgain, "The host of audio_url, nowhere.test, could not be looked up.", true)]
    public async Task A_host_that_is_not_found_is_told(SocketError error, string message, bool passes)
    {
        await using var audio = new AudioHost();
        using var fetcher = new AudioFetcher(
            Options.Create(new AudioOptions()), (_, _) => throw new SocketException((int)error), TimeProvider.System);

        Assert.Equal(
            new AudioProblem("audio_unreadable", message, passes), Problem(await audio.FetchAsync(fetcher, "http://nowhere.test/a.wav", Ct)));
    }

    [Fact]
    public async Task A_cancelled_fetch_closes_its_connection_at_once()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.SilenceAsync);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await using var audio = new AudioHost();
        using var fetcher = Fetcher(Allowing(server));

        var fetching = audio.FetchAsync(fetcher, Url(server), cancel.Token);
        await Testing.Eventually.That(() => Assert.True(server.Asked("/call.wav")), Ct);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        await server.ClientLeft;
    }

    static async Task<AudioRead> FetchAsync(
        AudioHost audio, ScriptedServer server, string? url = null, string path = "/call.wav", Action<AudioOptions>? configure = null)
    {
        var options = Allowing(server);
        configure?.Invoke(options);
        using var fetcher = Fetcher(options);
        return await audio.FetchAsync(fetcher, url ?? Url(server, path), Ct);
    }

    static void OneMegabyte(AudioOptions options) => options.MaxMegabytes = 1;

    static AudioProblem Problem(AudioRead read) => Assert.IsType<AudioRead.Failed>(read).Problem;

    static AudioOptions Allowing(ScriptedServer server) => new() { AllowedHosts = [$"{Store}:{server.Address.Port}"] };

    static string Url(ScriptedServer server, string path = "/call.wav") => $"http://{Store}:{server.Address.Port}{path}";

    static AudioFetcher Fetcher(AudioOptions options) => new(Options.Create(options), ResolveAsync, TimeProvider.System);

    static Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct) => Task.FromResult<IPAddress[]>(host switch
    {
        Store => [IPAddress.Loopback],
        "inside.test" => [IPAddress.Parse("10.1.2.3")],
        "half.test" => [IPAddress.Parse("192.0.43.8"), IPAddress.IPv6Loopback],
        "metadata.test" => [IPAddress.Parse("169.254.169.254")],
        _ => throw new SocketException((int)SocketError.HostNotFound),
    });
}
