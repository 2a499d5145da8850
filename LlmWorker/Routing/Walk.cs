using AiPlatform.LlmWorker.Admission;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>Goes the route of one chat, and waits where those that could be asked have no place.</summary>
sealed class Walk(Route route, AdmissionSignal signal, TimeProvider time)
{
    /// <summary>So long a job waits here for a place that another has taken meanwhile. Its slot is not free for others as long.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>For places, so far.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>As <see cref="Route.Next"/>; null also where <see cref="Route.IsFull"/> still holds after the wait.</summary>
    public async ValueTask<(Deployment Deployment, DeploymentGroup Group, CircuitBreaker.Pass Pass)?> NextAsync(bool continues, CancellationToken ct)
    {
        var next = route.Next(continues);
        return next is null && route.IsFull ? await WaitAsync(continues, ct) : next;
    }

    async Task<(Deployment Deployment, DeploymentGroup Group, CircuitBreaker.Pass Pass)?> WaitAsync(bool continues, CancellationToken ct)
    {
        var since = time.GetTimestamp();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var limit = Task.Delay(LongestWait > Waited ? LongestWait - Waited : TimeSpan.Zero, time, end.Token);
        signal.Watch();
        try
        {
            while (true)
            {
                var changed = signal.Changed;
                var next = route.Next(continues);
                if (next is null)
                {
                    ct.ThrowIfCancellationRequested();
                }
                if (next is not null || !route.IsFull || limit.IsCompleted)
                {
                    return next;
                }
                await Task.WhenAny(changed, limit);
            }
        }
        finally
        {
            Waited += time.GetElapsedTime(since);
            signal.Unwatch();
            await end.CancelAsync();
        }
    }
}
