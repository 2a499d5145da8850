using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>What files callers may keep here, and how long.</summary>
public sealed class FileSettings : IValidatableObject
{
    /// <summary>Bytes of a file at most; a larger one is refused with 413. The limit of other bodies does not hold for files.</summary>
    /// <value>Default 104857600 (100 MiB); 1024 to 1073741824 (1 GiB).</value>
    [ConfigurationKeyName("FILE_MAX_BYTES"), Range(1024L, 1024L * 1024 * 1024)]
    public long MaxBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>How long files are kept, unless their caller wants them removed earlier.</summary>
    /// <value>Default 30 d (720h); 1 h to 3650 d.</value>
    [ConfigurationKeyName("FILE_TTL"), Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Bytes that the files of one owner may take together: its uploads, those under way included, and what its batches have made. A further upload or batch
    /// is refused with 429; what a batch that runs makes is kept in any case.</summary>
    /// <value>Default 10737418240 (10 GiB); 1024 to 1125899906842624 (1 PiB), and no less than <c>FILE_MAX_BYTES</c>.</value>
    [ConfigurationKeyName("FILE_QUOTA_BYTES"), Range(1024L, 1L << 50)]
    public long QuotaBytes { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => QuotaBytes >= MaxBytes
        ? []
        : [new ValidationResult("the quota must hold at least one file of FILE_MAX_BYTES.", [nameof(QuotaBytes), nameof(MaxBytes)])];
}
