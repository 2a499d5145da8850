using AiPlatform.ServiceDefaults;
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
        var options = Bind([]);

        Assert.Equal(
            ("mistralai/Voxtral-Small-24B-2507", "00:10:00", "00:00:05", 25, "00:05:00", "00:00:15"),
            (options.VoxtralModel, $"{options.Timeout}", $"{options.ConnectTimeout}",
                options.MaxMegabytes, $"{options.FetchTimeout}", $"{options.FetchIdleTimeout}"));
        Assert.Empty(options.AllowedHosts);
        Assert.All<object?>(
            [options.VoxtralBaseUrl, options.VoxtralApiKey, options.AudioLlmApiKey, options.LlmApiKey, options.WhisperXUrl, options.WhisperXModel,
                options.WhisperXApiKey, options.Prompt],
            Assert.Null);
    }

    [Fact]
    public void Every_setting_is_read_from_its_variable()
    {
        var options = Bind(new()
        {
            ["VOXTRAL_BASE_URL"] = "http://gpu-2:8000/v1",
            ["TRANSCRIPTION_TIMEOUT"] = "1h30m",
            ["AUDIO_URL_ALLOWED_HOSTS"] = "minio:9000, *.corp.example",
            ["AUDIO_MAX_MB"] = "100",
        });

        Assert.Equal(
            (new Uri("http://gpu-2:8000/v1"), TimeSpan.FromMinutes(90), 100), (options.VoxtralBaseUrl, options.Timeout, options.MaxMegabytes));
        Assert.Equal(["minio:9000", "*.corp.example"], options.AllowedHosts);
    }

    [Theory]
    [InlineData("VOXTRAL_BASE_URL", "gpu-2:8000", "VOXTRAL_BASE_URL is 'gpu-2:8000': an absolute http or https address is expected.")]
    [InlineData("AUDIO_MAX_MB", "0", "AUDIO_MAX_MB is '0': a whole number from 1 to 500 is expected.")]
    [InlineData("TRANSCRIPTION_TIMEOUT", "10ms", "TRANSCRIPTION_TIMEOUT is '10ms': a duration from 1s to 1d is expected.")]
    [InlineData("AUDIO_FETCH_IDLE_TIMEOUT", "6m",
        "AUDIO_FETCH_IDLE_TIMEOUT is '6m', AUDIO_FETCH_TIMEOUT is '5m': the time of silence is part of AUDIO_FETCH_TIMEOUT and cannot be longer.")]
    [InlineData("AUDIO_URL_ALLOWED_HOSTS", "minio,10.0.0.0/8",
        "AUDIO_URL_ALLOWED_HOSTS is 'minio,10.0.0.0/8': '10.0.0.0/8' is not a host; name, *.domain or an address is expected, each with or without :port.")]
    public void A_wrong_setting_stops_the_start_with_what_is_allowed(string name, string value, string message)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Bind(new() { [name] = value }));

        // In order of the type's properties, which is no promise.
        Assert.Equal(message.Split(": ", 2)[1], refused.Failures.Single().Split(": ", 2)[1]);
        Assert.Contains($"{name} is '{value}'", refused.Failures.Single(), StringComparison.Ordinal);
    }

    static TranscriptionOptions Bind(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddSettings<TranscriptionOptions>();
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<TranscriptionOptions>>().Value;
    }
}
