using System.Net;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Tests.Audio;
using Microsoft.Extensions.Options;
using static AiPlatform.TranscriptionWorker.Tests.Fetching.Fetches;

namespace AiPlatform.TranscriptionWorker.Tests.Fetching;

/// <summary>Where an <c>audio_url</c> may lead.</summary>
public sealed class FetchAddressTests
{
    const string Leads = ", which is not a public address (private, loopback, link-local or reserved). For a store of your own, put ";

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
}
