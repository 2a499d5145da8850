using System.Net.Sockets;
using System.Security.Cryptography;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Tests.Audio;
using Microsoft.Extensions.Options;
using static AiPlatform.TranscriptionWorker.Tests.Fetching.Fetches;

namespace AiPlatform.TranscriptionWorker.Tests.Fetching;

/// <summary>Fetching an <c>audio_url</c>: what comes of it.</summary>
public sealed class FetchTests
{
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
}
