using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.Jobs;

/// <summary>Settings of the job store and queue. Every process that uses them reads the same names.</summary>
public sealed class JobsOptions
{
    /// <summary>Whether the process brings the database schema up to date when it starts, one process at a time.</summary>
    /// <value>Default true.</value>
    [ConfigurationKeyName("MIGRATE_ON_START")]
    public bool MigrateOnStart { get; set; } = true;

    /// <summary>How long a lease of an external worker holds without a heartbeat when the claim does not say.</summary>
    /// <value>Default 15 min; 5 s to 24 h.</value>
    [ConfigurationKeyName("WORKER_LEASE_TIMEOUT"), Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan ExternalLease { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long finished jobs are kept.</summary>
    /// <value>Default 7 d (168h); 1 h to 3650 d.</value>
    [ConfigurationKeyName("JOB_RESULT_TTL"), Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long an idempotency key is remembered; no longer than <c>JOB_RESULT_TTL</c>.</summary>
    /// <value>Default 24 h; 1 min to 30 d.</value>
    [ConfigurationKeyName("JOB_IDEMPOTENCY_TTL"), Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan IdempotencyTtl { get; set; } = TimeSpan.FromHours(24);

    /// <summary>How many lost leases a job survives before it is failed instead of run again.</summary>
    /// <value>Default 5; 0 to 1000.</value>
    [ConfigurationKeyName("JOB_MAX_RESCUES"), Range(0, 1000)]
    public int MaxRescues { get; set; } = 5;

    /// <summary>Pause before the second attempt; it doubles with each further one. See <see cref="RetryBackoff"/>.</summary>
    /// <value>Default 2 s; 10 ms to 1 h.</value>
    [ConfigurationKeyName("JOB_RETRY_DELAY"), Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A file in PEM with the authorities that may sign Redis' certificate, where the system does not know them; needs TLS (<c>rediss</c>).</summary>
    /// <value>Default none: those that the system trusts.</value>
    [ConfigurationKeyName("REDIS_CA_FILE")]
    public string? RedisCaFile { get; set; }

    /// <summary>How often a claim looks for work while Redis, which otherwise wakes it, is away.</summary>
    /// <value>Default 2 s; 50 ms to 1 min.</value>
    [ConfigurationKeyName("WORKER_POLL_INTERVAL"), Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Comes before every Redis key, so that several installations can share a server.</summary>
    /// <value>Default <c>aiplatform</c>; letters, digits, '-', '_' and ':'.</value>
    [ConfigurationKeyName("REDIS_KEY_PREFIX"), RegularExpression("^[A-Za-z0-9_:-]{1,64}$", ErrorMessage = "1 to 64 letters, digits, '-', '_' or ':' are expected.")]
    public string KeyPrefix { get; set; } = "aiplatform";

    /// <summary>How long Redis, which answers in well under a millisecond, may take before it counts as away.</summary>
    /// <value>Default 2 s; 100 ms to 1 min.</value>
    [ConfigurationKeyName("REDIS_TIMEOUT"), Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RedisTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
