using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace AiPlatform.WorkerRuntime;

/// <summary>Settings that every built-in worker has.</summary>
public sealed class WorkerOptions
{
    /// <summary>The worker's name in jobs, logs and status. Each worker needs its own; one given here is used as it is.</summary>
    /// <value>Default kind, host name and a random suffix, such as <c>llm-node1-3f9c</c>: workers on one host differ. At most 128 characters.</value>
    [ConfigurationKeyName("WORKER_ID"), StringLength(128)]
    [RegularExpression(@"^[^\x00-\x1f\x7f]+$", ErrorMessage = "control characters are not allowed.")]
    public string? Id { get; set; }

    /// <summary>Jobs at a time.</summary>
    /// <value>Default 4; 1 to 1000.</value>
    [ConfigurationKeyName("WORKER_CLAIM_LIMIT"), Range(1, 1000)]
    public int Slots { get; set; } = 4;

    /// <summary>How long jobs in hand may go on after the stop signal; what is not finished then goes back to the queue. The process is allowed
    /// 5 s more, so whatever stops it must wait that long before it kills.</summary>
    /// <value>Default 20 s; 0 s to 1 h.</value>
    [ConfigurationKeyName("WORKER_GRACE_PERIOD"), Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the lease of a job in hand holds without renewal; it is renewed three times as often. The time after which the jobs of
    /// a dead worker run again.</summary>
    /// <value>Default 30 s; 1 s to 10 min.</value>
    [ConfigurationKeyName("WORKER_RENEWED_LEASE"), Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest an attempt may run. Guards the slot against work that hangs while its lease is renewed; the timeouts of model
    /// servers are shorter.</summary>
    /// <value>Default 2 h; 1 s to 24 h.</value>
    [ConfigurationKeyName("WORKER_ATTEMPT_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromHours(2);

    /// <summary>Which runs may be aborted when all slots are busy and a job of higher priority waits: those of priority <c>low</c>, of <c>normal</c>
    /// and <c>low</c>, or <c>none</c>. For single task types: <c>low,llm_chat=normal,call_analysis=none</c>. The aborted job goes back to its place in
    /// the line with its attempt unspent.</summary>
    /// <value>Default <c>low</c>; comma-separated, each <c>low</c>, <c>normal</c> or <c>none</c>, alone or after a task type and <c>=</c>.</value>
    [ConfigurationKeyName("WORKER_PREEMPTIBLE"), Preemptible]
    public IReadOnlyList<string> Preemptible { get; set; } = ["low"];

    /// <summary>How often a job's runs are aborted at most; after that it runs to its end, so that no stream of more urgent jobs keeps it from
    /// ever being done.</summary>
    /// <value>Default 3; 1 to 1000.</value>
    [ConfigurationKeyName("WORKER_MAX_PREEMPTIONS"), Range(1, 1000)]
    public int MaxPreemptions { get; set; } = 3;
}
