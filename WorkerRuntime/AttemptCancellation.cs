using System.Diagnostics.CodeAnalysis;

namespace AiPlatform.WorkerRuntime;

/// <summary>A cancellation that knows its reason. The first reason stands.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source holds no timer and no handle; a late Cancel must stay harmless.")]
public sealed class AttemptCancellation
{
    readonly CancellationTokenSource source = new();
    readonly Lock gate = new();

    public CancellationToken Token => source.Token;

    /// <summary>Null until cancelled.</summary>
    public CancellationReason? Reason { get; private set; }

    /// <returns>False where the attempt had been cancelled before.</returns>
    public bool Cancel(CancellationReason reason)
    {
        lock (gate)
        {
            if (Reason is not null)
            {
                return false;
            }
            Reason = reason;
        }
        source.Cancel();
        return true;
    }
}
