using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.ServiceDefaults.Tests;

sealed class RuledOptions : IValidatableObject
{
    [ConfigurationKeyName("R_URL"), Required]
    public string? Url { get; set; }

    [ConfigurationKeyName("R_LIMIT"), Range(1, 1000)]
    public int Limit { get; set; } = 4;

    [ConfigurationKeyName("R_SHARE"), Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double Share { get; set; } = 0.5;

    [ConfigurationKeyName("R_BEAT"), Range(typeof(TimeSpan), "00:00:00.250", "00:01:30")]
    public TimeSpan Beat { get; set; } = TimeSpan.FromSeconds(10);

    [ConfigurationKeyName("R_LEASE"), Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(15);

    [ConfigurationKeyName("R_SERVER")]
    public Uri? Server { get; set; }

    [ConfigurationKeyName("R_LEVEL")]
    public Level Level { get; set; }

    [ConfigurationKeyName("R_LEVELS")]
    public IReadOnlyList<Level> Levels { get; set; } = [];

    [ConfigurationKeyName("R_FLAG")]
    public bool Flag { get; set; }

    [ConfigurationKeyName("R_NAME"), StringLength(8)]
    public string? Name { get; set; }

    [ConfigurationKeyName("R_MODE"), AllowedValues("fast", "quality")]
    public string Mode { get; set; } = "fast";

    [ConfigurationKeyName("R_PATTERN"), RegularExpression("[a-z]+", ErrorMessage = "only letters a to z are expected")]
    public string? Pattern { get; set; }

    [ConfigurationKeyName("R_SECRET"), DataType(DataType.Password), StringLength(64, MinimumLength = 8)]
    public string? Secret { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Lease < 3 * Beat)
            yield return new ValidationResult("the lease must be at least three beats.", [nameof(Lease), nameof(Beat)]);
    }
}
