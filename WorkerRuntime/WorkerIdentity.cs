using Microsoft.Extensions.Options;

namespace AiPlatform.WorkerRuntime;

/// <summary>The name of this worker process.</summary>
sealed class WorkerIdentity(IOptions<WorkerOptions> options, IJobHandler handler)
{
    // Replicas of one project share host and environment, so a name made of these alone would be shared too.
    public string Id { get; } = options.Value.Id ?? $"{handler.Kind}-{Environment.MachineName}-{Random.Shared.Next(0x10000):x4}";
}
