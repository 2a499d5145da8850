using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.Api.Audio;

/// <summary>What audio callers may keep here, how long, and where else it may come from.</summary>
public sealed class AudioSettings : IValidatableObject
{
    /// <summary>The largest audio that is kept; a larger one is refused with 413. The limit of other bodies does not hold for audio.</summary>
    /// <value>Default 500 MiB; 1 to 4096.</value>
    [ConfigurationKeyName("AUDIO_UPLOAD_MAX_MB"), Range(1, 4096)]
    public int MaxMegabytes { get; set; } = 500;

    /// <summary>How long audio is kept, from its upload on and again from the end of each job that names it; while such a job is open it always is.</summary>
    /// <value>Default 24 h; 1 min to 30 d.</value>
    [ConfigurationKeyName("AUDIO_UPLOAD_TTL"), Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What the audio of one owner may take together, uploads under way included; more is refused with 429.</summary>
    /// <value>Default 10240 MiB; 1 to 10485760, and no less than <c>AUDIO_UPLOAD_MAX_MB</c>.</value>
    [ConfigurationKeyName("AUDIO_UPLOAD_QUOTA_MB"), Range(1, 10_485_760)]
    public int QuotaMegabytes { get; set; } = 10_240;

    /// <summary>Hosts of <c>audio_url</c> that may have a private address or a port other than 80 and 443: <c>name</c>, <c>*.domain</c> or an
    /// address, each with <c>:port</c> if it is not the usual one, or with <c>:*</c>. All other hosts must be public. Workers read the same name.</summary>
    /// <value>Default none; comma-separated.</value>
    [ConfigurationKeyName("AUDIO_URL_ALLOWED_HOSTS")]
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    internal long MaxBytes => MaxMegabytes * 1024L * 1024;
    internal long QuotaBytes => QuotaMegabytes * 1024L * 1024;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AllowedHosts.FirstOrDefault(entry => !AllowedHost.TryParse(entry, out _)) is { } unreadable)
        {
            yield return new ValidationResult(
                $"'{unreadable}' is not a host; name, *.domain or an address is expected, each with or without :port.", [nameof(AllowedHosts)]);
        }
        if (QuotaMegabytes < MaxMegabytes)
            yield return new ValidationResult("the quota must hold at least one file of AUDIO_UPLOAD_MAX_MB.", [nameof(QuotaMegabytes), nameof(MaxMegabytes)]);
    }
}
