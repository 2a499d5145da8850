using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime;

/// <summary>What this worker says of itself.</summary>
public sealed class WorkerStatus : IDisposable
{
    readonly WorkerIdentity identity;
    readonly IJobHandler handler;
    readonly AttemptSlots slots;
    readonly TimeProvider time;
    readonly SemaphoreSlim changed = new(0, 1);
    readonly Lock gate = new();
    DateTimeOffset? lastClaimAt;
    bool draining;

    internal WorkerStatus(WorkerIdentity identity, IJobHandler handler, AttemptSlots slots, TimeProvider time)
    {
        this.identity = identity;
        this.handler = handler;
        this.slots = slots;
        this.time = time;
    }

    public WorkerReport Report()
    {
        lock (gate)
        {
            return new WorkerReport
            {
                WorkerId = identity.Id,
                Kind = handler.Kind,
                TaskTypes = handler.TaskTypes,
                ModelProfiles = handler.ModelProfiles,
                Slots = slots.Count,
                Running = [.. slots.Running.Select(attempt => attempt.Job.Id)],
                Draining = draining,
                LastClaimAt = lastClaimAt,
                Providers = handler.ProviderReports(),
                ConfigurationProblem = handler.ConfigurationProblem,
                ReportedAt = time.GetUtcNow(),
            };
        }
    }

    /// <summary>To be called when the worker became more or less able to work, such as by a provider found or lost: it is told to the others
    /// at once, not with the next periodic report.</summary>
    public void Announce()
    {
        lock (gate)
        {
            if (changed.CurrentCount == 0)
            {
                changed.Release();
            }
        }
    }

    internal void Claimed()
    {
        lock (gate)
        {
            lastClaimAt = time.GetUtcNow();
        }
    }

    internal void Drain()
    {
        lock (gate)
        {
            draining = true;
        }
        Announce();
    }

    /// <summary>Waits for the next <see cref="Announce"/>, at most <paramref name="limit"/>.</summary>
    internal Task ChangedAsync(TimeSpan limit, CancellationToken ct) => changed.WaitAsync(limit, ct);

    public void Dispose() => changed.Dispose();
}
