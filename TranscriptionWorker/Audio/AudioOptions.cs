using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.TranscriptionWorker.Audio;

/// <summary>Where audio may come from, how much of it is taken, and where it lies while it is worked on.</summary>
public sealed class AudioOptions : IValidatableObject
{
    /// <summary>Hosts of <c>audio_url</c> that may have a private address or a port other than 80 and 443: <c>name</c>, <c>*.domain</c> or an
    /// address, each with <c>:port</c> if it is not the usual one, or with <c>:*</c>. All other hosts must be public.</summary>
    /// <value>Default none; comma-separated.</value>
    [ConfigurationKeyName("AUDIO_URL_ALLOWED_HOSTS")]
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>The largest audio accepted, as the file comes. It is kept on disk, never in memory.</summary>
    /// <value>Default 500 MiB; 1 to 4000.</value>
    [ConfigurationKeyName("AUDIO_MAX_MB"), Range(1, 4000)]
    public int MaxMegabytes { get; set; } = 500;

    /// <summary>The longest audio accepted.</summary>
    /// <value>Default 4 h; 1 s to 24 h.</value>
    [ConfigurationKeyName("AUDIO_MAX_DURATION"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromHours(4);

    /// <summary>The longest fetching an <c>audio_url</c> may take.</summary>
    /// <value>Default 10 min; 1 s to 1 h.</value>
    [ConfigurationKeyName("AUDIO_FETCH_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest an <c>audio_url</c> may stay silent: while connecting, before its answer, and in the middle of it.</summary>
    /// <value>Default 15 s; 100 ms to 10 min.</value>
    [ConfigurationKeyName("AUDIO_FETCH_IDLE_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan FetchIdleTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>What an <c>audio_url</c> has to bring a second, over any 30 s; one that brings less is given up. Telephony in its smallest form has 1 KiB a second.</summary>
    /// <value>Default 1024 B; 0 to 1,000,000, where 0 is for no limit.</value>
    [ConfigurationKeyName("AUDIO_FETCH_MIN_BYTES_PER_SECOND"), Range(0, 1_000_000)]
    public int FetchMinBytesPerSecond { get; set; } = 1024;

    /// <summary>The folder for audio that is worked on. Several workers may share it: each has a folder of its own in it, and what a worker that died
    /// has left is removed by the next one that starts.</summary>
    /// <value>Default <c>aiplatform-audio</c> in the system's folder for temporary files.</value>
    [ConfigurationKeyName("AUDIO_TEMP_DIR")]
    public string? TempFolder { get; set; }

    /// <summary>The most that all jobs in hand of this process may keep there. Each needs the size of its file, and 110 MiB for each hour of each
    /// channel. A job that finds no room is tried again later.</summary>
    /// <value>Default 8192 MiB; 1 to 1,000,000, and not below <c>AUDIO_MAX_MB</c>.</value>
    [ConfigurationKeyName("AUDIO_TEMP_MAX_MB"), Range(1, 1_000_000)]
    public int TempMegabytes { get; set; } = 8192;

    /// <summary>The program that decodes all but WAV; <c>ffprobe</c> must stand beside it. Where there is none, other formats are refused with a
    /// message that names it.</summary>
    /// <value>Default <c>ffmpeg</c> on the PATH.</value>
    [ConfigurationKeyName("AUDIO_FFMPEG_PATH"), Required]
    public string FfmpegPath { get; set; } = "ffmpeg";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AllowedHosts.FirstOrDefault(entry => !AllowedHost.TryParse(entry, out _)) is { } unreadable)
        {
            yield return new ValidationResult(
                $"'{unreadable}' is not a host; name, *.domain or an address is expected, each with or without :port.", [nameof(AllowedHosts)]);
        }
        if (FetchIdleTimeout > FetchTimeout)
        {
            yield return new ValidationResult(
                "the time of silence is part of AUDIO_FETCH_TIMEOUT and cannot be longer.", [nameof(FetchIdleTimeout), nameof(FetchTimeout)]);
        }
        if (MaxMegabytes > TempMegabytes)
        {
            yield return new ValidationResult(
                "what one job may bring must have room among what all may keep.", [nameof(MaxMegabytes), nameof(TempMegabytes)]);
        }
    }
}
