namespace AiPlatform.LlmWorker.Admission;

/// <summary>Tells whoever waits for a place at a model server that there may be one.</summary>
sealed class AdmissionSignal
{
    TaskCompletionSource changed = New();
    int watchers;

    /// <summary>Completes with the next change. Take it before looking, or one between the two is missed.</summary>
    public Task Changed => Volatile.Read(ref changed).Task;

    /// <summary>Whether a place that is given back has to be told: most are not missed by anybody.</summary>
    public bool IsWatched => Volatile.Read(ref watchers) > 0;

    /// <summary>From now on every place that is given back is told. Look again after it: one may have been given back just before.</summary>
    public void Watch() => Interlocked.Increment(ref watchers);

    public void Unwatch() => Interlocked.Decrement(ref watchers);

    public void Raise() => Interlocked.Exchange(ref changed, New()).TrySetResult();

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
