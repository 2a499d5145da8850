using AiPlatform.LlmWorker.Routing;

namespace AiPlatform.LlmWorker.Admission;

/// <summary>A claimed job's claim on its group, until its first call has a place at a deployment.</summary>
sealed class Place : IDisposable
{
    readonly DeploymentGroup group;
    readonly AdmissionSignal signal;
    int isUsed;

    public Place(DeploymentGroup group, AdmissionSignal signal)
    {
        (this.group, this.signal) = (group, signal);
        group.Expect(1);
    }

    /// <summary>Its call has its place, so that the job counted twice for a moment; or it ended without a call.</summary>
    public void Use()
    {
        if (Interlocked.Exchange(ref isUsed, 1) == 0)
        {
            group.Expect(-1);
            if (signal.IsWatched)
            {
                signal.Raise();
            }
        }
    }

    public void Dispose() => Use();
}
