using AiPlatform.Testing;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Tests.Audio;
using Microsoft.Extensions.Options;
using static AiPlatform.TranscriptionWorker.Tests.Fetching.Fetches;

namespace AiPlatform.TranscriptionWorker.Tests.Fetching;

/// <summary>How much an <c>audio_url</c> may bring, and how long it may take.</summary>
public sealed class FetchLimitTests
{
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
    public async Task A_store_that_trickles_is_left()
    {
        var time = new ManualTimeProvider();
        await using var audio = new AudioHost();
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            for (var second = 0; ; second++)
            {
                await context.Response.Body.WriteAsync(new byte[1], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                // No further than that no other limit is near.
                time.Advance(TimeSpan.FromSeconds(second < 100 ? 1 : 0));
                await Task.Delay(10, context.RequestAborted);
            }
        });
        var options = Allowing(server);
        (options.FetchTimeout, options.FetchIdleTimeout) = (TimeSpan.FromHours(1), TimeSpan.FromMinutes(10));
        using var fetcher = new AudioFetcher(Options.Create(options), ResolveAsync, time);

        Assert.Equal(
            AudioProblem.Passing($"{Store} brought less than 1024 bytes a second over 30 s (AUDIO_FETCH_MIN_BYTES_PER_SECOND)."),
            Problem(await audio.FetchAsync(fetcher, Url(server), Ct)));
    }

    [Fact]
    public void A_store_that_brings_enough_in_each_window_is_not_left()
    {
        var time = new ManualTimeProvider();
        using var patience = new FetchPatience(new AudioOptions { FetchMinBytesPerSecond = 10 }, time, Ct);
        // Until an answer begins, only silence counts.
        time.Advance(TimeSpan.FromSeconds(14));
        patience.Heard();
        time.Advance(TimeSpan.FromSeconds(14));
        patience.Heard();
        time.Advance(TimeSpan.FromSeconds(14));
        patience.Heard();
        for (var second = 0; second < 120; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            patience.Brought(second % 2 == 0 ? 21 : 0);
        }
        Assert.Null(patience.Passed);
    }

    [Fact]
    public async Task A_cancelled_fetch_closes_its_connection_at_once()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.SilenceAsync);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        await using var audio = new AudioHost();
        using var fetcher = Fetcher(Allowing(server));

        var fetching = audio.FetchAsync(fetcher, Url(server), cancel.Token);
        await Eventually.That(() => Assert.True(server.Asked("/call.wav")), Ct);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetching);
        await server.ClientLeft;
    }
}
