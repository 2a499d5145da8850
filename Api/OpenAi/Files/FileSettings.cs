using System.ComponentModel.DataAnnotations;

namespace AiPlatform.Api.OpenAi.Files;

/// <summary>What files callers may keep here, and how long.</summary>
public sealed class FileSettings
{
    /// <summary>Bytes of a file at most; a larger one is refused with 413. The limit of other bodies does not hold for files.</summary>
    /// <value>Default 104857600 (100 MiB); 1024 to 1073741824 (1 GiB).</value>
    [ConfigurationKeyName("FILE_MAX_BYTES"), Range(1024L, 1024L * 1024 * 1024)]
    public long MaxBytes { get; set; } = 100L * 1024 * 1024;

    /// <summary>How long files are kept, unless their caller wants them removed earlier.</summary>
    /// <value>Default 30 d (720h); 1 h to 3650 d.</value>
    [ConfigurationKeyName("FILE_TTL"), Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan Ttl { get; set; } = TimeSpan.FromDays(30);
}
