using System.ComponentModel.DataAnnotations;

namespace AiPlatform.ServiceDefaults.Sample;

/// <summary>Settings of a process that is started by tests.</summary>
sealed class SampleOptions
{
    /// <summary>How the loop ends.</summary>
    /// <value>Default <see cref="LoopEnd.OnShutdown"/>.</value>
    [ConfigurationKeyName("SAMPLE_LOOP_END")]
    public LoopEnd LoopEnd { get; set; } = LoopEnd.OnShutdown;

    /// <summary>Jobs at a time.</summary>
    /// <value>Default 4, from 1 to 1000.</value>
    [ConfigurationKeyName("SAMPLE_CLAIM_LIMIT"), Range(1, 1000)]
    public int ClaimLimit { get; set; } = 4;

    /// <summary>A secret.</summary>
    [ConfigurationKeyName("SAMPLE_TOKEN"), StringLength(64, MinimumLength = 8), DataType(DataType.Password)]
    public string? Token { get; set; }

    /// <summary>Whether the start meets a defect that names the secret.</summary>
    /// <value>Default false.</value>
    [ConfigurationKeyName("SAMPLE_CRASHES")]
    public bool Crashes { get; set; }
}
