using System.ComponentModel.DataAnnotations;
using AiPlatform.ServiceDefaults.Egress;

namespace AiPlatform.Api.Callbacks;

/// <summary>Whether and how the API calls the <c>callback_url</c> of a job that has ended.</summary>
public sealed class CallbackOptions : IValidatableObject
{
    /// <summary>What callbacks are signed with: <c>whsec_</c> and base64, or any text. Of two, both sign, so that receivers can change from one to
    /// the other.</summary>
    /// <value>Default none: a job with a <c>callback_url</c> is refused. One or two, comma-separated, each of at least 24 bytes.</value>
    [ConfigurationKeyName("CALLBACK_SECRET"), DataType(DataType.Password)]
    public IReadOnlyList<string> Secrets { get; set; } = [];

    /// <summary>Hosts of <c>callback_url</c> that may have a private address or a port other than 80 and 443: <c>name</c>, <c>*.domain</c> or an
    /// address, each with <c>:port</c> if it is not the usual one, or with <c>:*</c>. All other hosts must be public.</summary>
    /// <value>Default none; comma-separated.</value>
    [ConfigurationKeyName("CALLBACK_ALLOWED_HOSTS")]
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>How long a receiver may take to answer, connecting included.</summary>
    /// <value>Default 10 s; 100 ms to 5 min.</value>
    [ConfigurationKeyName("CALLBACK_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Calls at a time in one process.</summary>
    /// <value>Default 64; 1 to 1000.</value>
    [ConfigurationKeyName("CALLBACK_CONCURRENCY"), Range(1, 1000)]
    public int Concurrency { get; set; } = 64;

    /// <summary>Calls at a time to one host, in one process: a receiver that hangs holds up no more than these.</summary>
    /// <value>Default 4; 1 to 1000.</value>
    [ConfigurationKeyName("CALLBACK_HOST_CONCURRENCY"), Range(1, 1000)]
    public int HostConcurrency { get; set; } = 4;

    /// <summary>How often a callback is called before it is given up.</summary>
    /// <value>Default 8, which with the other defaults takes about 20 h; 1 to 50.</value>
    [ConfigurationKeyName("CALLBACK_MAX_TRIES"), Range(1, 50)]
    public int MaxTries { get; set; } = 8;

    /// <summary>Pause before the second call; each further one is four times as long, less up to a quarter of it at random.</summary>
    /// <value>Default 15 s; 10 ms to 1 h.</value>
    [ConfigurationKeyName("CALLBACK_RETRY_DELAY"), Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after the end of its job a callback may still be called; what is older is given up without a call.</summary>
    /// <value>Default 24 h; 1 min to 30 d.</value>
    [ConfigurationKeyName("CALLBACK_MAX_AGE"), Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The largest body sent. Of a larger one the job's <c>input</c> is left out, and its <c>result</c> if it must be.</summary>
    /// <value>Default 1 MiB; 1 to 16.</value>
    [ConfigurationKeyName("CALLBACK_MAX_BODY_MB"), Range(1, 16)]
    public int MaxBodyMegabytes { get; set; } = 1;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Secrets.Count > 2 || Secrets.Any(secret => CallbackSignature.KeyOf(secret) is null))
        {
            yield return new ValidationResult(
                "one or two secrets are expected, each of at least 24 bytes: whsec_ and base64, or any text without a comma.", [nameof(Secrets)]);
        }
        if (AllowedHosts.FirstOrDefault(entry => !AllowedHost.TryParse(entry, out _)) is { } unreadable)
        {
            yield return new ValidationResult(
                $"'{unreadable}' is not a host; name, *.domain or an address is expected, each with or without :port.", [nameof(AllowedHosts)]);
        }
    }
}
