using AiPlatform.ServiceDefaults;
using AiPlatform.TranscriptionWorker.Audio;
using AiPlatform.TranscriptionWorker.Providers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiPlatform.TranscriptionWorker.Tests;

/// <summary>The worker's settings: defaults, ranges, and what is said of wrong ones.</summary>
public sealed class OptionsTests
{
    [Fact]
    public void Defaults_are_as_documented()
    {
        var options = Bind<TranscriptionOptions>([]);
        var audio = Bind<AudioOptions>([]);

        Assert.Equal(
            ("mistralai/Voxtral-Small-24B-2507", "00:10:00", "00:00:05"), (options.VoxtralModel, $"{options.Timeout}", $"{options.ConnectTimeout}"));
        Assert.Equal(
            (500, "04:00:00", "00:10:00", "00:00:15", 1024, 8192, "ffmpeg"),
            (audio.MaxMegabytes, $"{audio.MaxDuration}", $"{audio.FetchTimeout}", $"{audio.FetchIdleTimeout}", audio.FetchMinBytesPerSecond,
                audio.TempMegabytes, audio.FfmpegPath));
        Assert.Equal(
            (VoxtralKind.Auto, WhisperXKind.Auto, "00:00:30", true),
            (options.VoxtralKind, options.WhisperXKind, $"{options.IdleTimeout}", options.Fallback));
        Assert.Empty(audio.AllowedHosts);
        Assert.Null(audio.TempFolder);
        Assert.All<object?>(
            [options.VoxtralBaseUrl, options.VoxtralApiKey, options.AudioLlmApiKey, options.LlmApiKey, options.WhisperXUrl, options.WhisperXModel,
                options.WhisperXApiKey, options.Prompt],
            Assert.Null);
    }

    [Fact]
    public void Every_setting_is_read_from_its_variable()
    {
        Dictionary<string, string?> settings = new()
        {
            ["VOXTRAL_BASE_URL"] = "http://gpu-2:8000/v1",
            ["TRANSCRIPTION_TIMEOUT"] = "1h30m",
            ["AUDIO_URL_ALLOWED_HOSTS"] = "minio:9000, *.corp.example",
            ["AUDIO_MAX_MB"] = "100",
            ["VOXTRAL_KIND"] = "mistral",
            ["WHISPERX_KIND"] = "fastapi",
            ["TRANSCRIPTION_FALLBACK"] = "false",
            ["AUDIO_MAX_DURATION"] = "90m",
            ["AUDIO_TEMP_DIR"] = "/audio",
            ["AUDIO_TEMP_MAX_MB"] = "200",
            ["AUDIO_FFMPEG_PATH"] = "/opt/ffmpeg",
        };
        var (options, audio) = (Bind<TranscriptionOptions>(settings), Bind<AudioOptions>(settings));

        Assert.Equal((new Uri("http://gpu-2:8000/v1"), TimeSpan.FromMinutes(90)), (options.VoxtralBaseUrl, options.Timeout));
        Assert.Equal((VoxtralKind.Mistral, WhisperXKind.FastApi, false), (options.VoxtralKind, options.WhisperXKind, options.Fallback));
        Assert.Equal(["minio:9000", "*.corp.example"], audio.AllowedHosts);
        Assert.Equal(
            (100, TimeSpan.FromMinutes(90), "/audio", 200, "/opt/ffmpeg"),
            (audio.MaxMegabytes, audio.MaxDuration, audio.TempFolder, audio.TempMegabytes, audio.FfmpegPath));
    }

    [Theory]
    [InlineData("VOXTRAL_BASE_URL", "gpu-2:8000", "VOXTRAL_BASE_URL is 'gpu-2:8000': an absolute http or https address is expected.")]
    [InlineData("WHISPERX_KIND", "whisper", "WHISPERX_KIND is 'whisper': one of auto, openai, fastapi, asr is expected.")]
    [InlineData("AUDIO_MAX_MB", "0", "AUDIO_MAX_MB is '0': a whole number from 1 to 4000 is expected.")]
    [InlineData("TRANSCRIPTION_TIMEOUT", "10ms", "TRANSCRIPTION_TIMEOUT is '10ms': a duration from 1s to 1d is expected.")]
    [InlineData("AUDIO_MAX_DURATION", "48h", "AUDIO_MAX_DURATION is '48h': a duration from 1s to 1d is expected.")]
    [InlineData("AUDIO_TEMP_MAX_MB", "100",
        "AUDIO_MAX_MB is '500', AUDIO_TEMP_MAX_MB is '100': what one job may bring must have room among what all may keep.")]
    [InlineData("AUDIO_FETCH_TIMEOUT", "5s",
        "AUDIO_FETCH_IDLE_TIMEOUT is '15s', AUDIO_FETCH_TIMEOUT is '5s': the time of silence is part of AUDIO_FETCH_TIMEOUT and cannot be longer.")]
    [InlineData("AUDIO_URL_ALLOWED_HOSTS", "minio,10.0.0.0/8",
        "AUDIO_URL_ALLOWED_HOSTS is 'minio,10.0.0.0/8': '10.0.0.0/8' is not a host; name, *.domain or an address is expected, each with or without :port.")]
    public void A_wrong_setting_stops_the_start_with_what_is_allowed(string name, string value, string message)
    {
        Dictionary<string, string?> settings = new() { [name] = value };
        var refused = Assert.Throws<OptionsValidationException>(() =>
            name.StartsWith("AUDIO_", StringComparison.Ordinal) ? (object)Bind<AudioOptions>(settings) : Bind<TranscriptionOptions>(settings));

        // In order of the type's properties, which is no promise.
        Assert.Equal(message.Split(": ", 2)[1], refused.Failures.Single().Split(": ", 2)[1]);
        Assert.Contains($"{name} is '{value}'", refused.Failures.Single(), StringComparison.Ordinal);
    }

    static T Bind<T>(Dictionary<string, string?> settings)
        where T : class, new()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddSettings<T>();
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<T>>().Value;
    }
}
