using System.Net;
using System.Net.Sockets;
using AiPlatform.TranscriptionWorker.Audio;
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
        var audio = Wav.Tone(3);
        await using var server = await ScriptedServer.AnsweringAsync(200, audio);

        var read = await FetchAsync(server, $"http://{Store}:{server.Address.Port}/a/call.wav?signature=s3cret");

        Assert.Equal(audio, Assert.IsType<AudioRead.Bytes>(read).Content.ToArray());
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
        using var fetcher = Fetcher(new TranscriptionOptions());

        Assert.Equal(AudioProblem.Forbidden(message), Problem(await fetcher.FetchAsync(url, Ct)));
    }

    [Theory]
    [InlineData("http://inside.test/a.wav", "audio_url leads to inside.test" + Leads + "inside.test into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("http://169.254.169.254/latest/", "audio_url leads to 169.254.169.254" + Leads + "169.254.169.254 into AUDIO_URL_ALLOWED_HOSTS.")]
    [InlineData("file:///etc/passwd", "audio_url has the scheme 'file'; only http and https are allowed.")]
    [InlineData("ftp://recordings.test/a.wav", "audio_url has the scheme 'ftp'; only http and https are allowed.")]
    [InlineData("http://me:pw@recordings.test/", "audio_url has a user name or password in it, which is not allowed; use a signed URL.")]
    public async Task A_redirect_is_checked_as_the_first_URL_is(string location, string message)
    {
        await using var server = await ScriptedServer.AnsweringAsync(302, "", headers: ("Location", location));

        Assert.Equal(AudioProblem.Forbidden(message), Problem(await FetchAsync(server)));
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
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            var hop = int.Parse(context.Request.Path.Value![1..], System.Globalization.CultureInfo.InvariantCulture);
            return hop < redirects
                ? ScriptedServer.AnswerAsync(context, 307, [], "text/plain", ("Location", $"/{hop + 1}"))
                : ScriptedServer.AnswerAsync(context, 200, Wav.Tone(1), "audio/wav");
        });

        var read = await FetchAsync(server, path: "/0");

        if (redirects == 3)
        {
            Assert.IsType<AudioRead.Bytes>(read);
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
        using var fetcher = new AudioFetcher(Options.Create(Allowing(server)), Resolve, TimeProvider.System);

        Assert.IsType<AudioRead.Bytes>(await fetcher.FetchAsync(Url(server), Ct));
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
        await using var server = await ScriptedServer.AnsweringAsync(status, [], "text/plain");

        Assert.Equal(
            new AudioProblem("audio_unreadable", $"{Store} answered audio_url with HTTP {status}.", passes), Problem(await FetchAsync(server)));
    }

    [Fact]
    public async Task Audio_that_says_it_is_too_large_is_refused()
    {
        await using var server = await ScriptedServer.AnsweringAsync(200, new byte[1536 * 1024]);

        Assert.Equal(
            AudioProblem.Unreadable("The audio has 1.5 MiB; at most 1 MiB (AUDIO_MAX_MB) are accepted."),
            Problem(await FetchAsync(server, configure: options => options.MaxMegabytes = 1)));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task Audio_without_a_length_is_read_up_to_the_limit_and_no_further(int extraBytes, bool accepted)
    {
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            await context.Response.StartAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(new byte[(1024 * 1024) + extraBytes], context.RequestAborted);
            if (!accepted)
            {
                await ScriptedServer.SilenceAsync(context);
            }
        });

        var read = await FetchAsync(server, configure: options => options.MaxMegabytes = 1);

        if (accepted)
        {
            Assert.Equal(1024 * 1024, Assert.IsType<AudioRead.Bytes>(read).Content.Length);
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
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await ScriptedServer.SilenceAsync(context);
        });

        Assert.Equal(
            AudioProblem.Passing($"{Store} was silent for 3 s (AUDIO_FETCH_IDLE_TIMEOUT)."),
            Problem(await FetchAsync(server, configure: options => options.FetchIdleTimeout = TimeSpan.FromSeconds(3))));
        await server.ClientLeft;
    }

    [Fact]
    public async Task A_store_that_never_ends_is_left()
    {
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
            Problem(await FetchAsync(server, configure: options => options.FetchTimeout = TimeSpan.FromSeconds(0.3))));
    }

    [Fact]
    public async Task A_store_that_breaks_off_is_told()
    {
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        });

        Assert.Equal(AudioProblem.Passing($"{Store} broke off before the audio was complete."), Problem(await FetchAsync(server)));
    }

    [Fact]
    public async Task A_store_that_is_not_there_is_told()
    {
        var gone = await ScriptedServer.AnsweringAsync(200, "");
        var options = Allowing(gone);
        var url = Url(gone);
        await gone.DisposeAsync();
        using var fetcher = Fetcher(options);

        Assert.Equal(AudioProblem.Passing($"{Store} could not be connected to."), Problem(await fetcher.FetchAsync(url, Ct)));
    }

    [Theory]
    [InlineData(SocketError.HostNotFound, "The host of audio_url, nowhere.test, is not known.", false)]
    [InlineData(SocketError.TryAgain, "The host of audio_url, nowhere.test, could not be looked up.", true)]
    public async Task A_host_that_is_not_found_is_told(SocketError error, string message, bool passes)
    {
        using var fetcher = new AudioFetcher(
            Options.Create(new TranscriptionOptions()), (_, _) => throw new SocketException((int)error), TimeProvider.System);

        Assert.Equal(
            new AudioProblem("audio_unreadable", message, passes), Problem(await fetcher.FetchAsync("http://nowhere.test/a.wav", Ct)));
    }

    [Fact]
    public async Task A_cancelled_fetch_closes_its_connection_at_once()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.SilenceAsync);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        using var fetcher = Fetcher(Allowing(server));

        var fetching = fetcher.FetchAsync(Url(server), cancel.Token);
        await Testing.Eventually.That(() => Assert.True(server.Asked("/call.wav")), Ct);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        await server.ClientLeft;
    }

    static async Task<AudioRead> FetchAsync(
        ScriptedServer server, string? url = null, string path = "/call.wav", Action<TranscriptionOptions>? configure = null)
    {
        var options = Allowing(server);
        configure?.Invoke(options);
        using var fetcher = Fetcher(options);
        return await fetcher.FetchAsync(url ?? Url(server, path), Ct);
    }

    static AudioProblem Problem(AudioRead read) => Assert.IsType<AudioRead.Failed>(read).Problem;

    static TranscriptionOptions Allowing(ScriptedServer server) => new() { AllowedHosts = [$"{Store}:{server.Address.Port}"] };

    static string Url(ScriptedServer server, string path = "/call.wav") => $"http://{Store}:{server.Address.Port}{path}";

    static AudioFetcher Fetcher(TranscriptionOptions options) => new(Options.Create(options), ResolveAsync, TimeProvider.System);

    static Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct) => Task.FromResult<IPAddress[]>(host switch
    {
        Store => [IPAddress.Loopback],
        "inside.test" => [IPAddress.Parse("10.1.2.3")],
        "half.test" => [IPAddress.Parse("192.0.43.8"), IPAddress.IPv6Loopback],
        "metadata.test" => [IPAddress.Parse("169.254.169.254")],
        _ => throw new SocketException((int)SocketError.HostNotFound),
    });
}
