namespace AiPlatform.ModelSimulator.Engine;

/// <summary>
/// One request inside an engine. The engine writes it under its own lock; the request's handler reads it and waits on it.
/// </summary>
sealed class Sequence
{
    readonly Lock gate = new();
    TaskCompletionSource? waiter;
    int wakeBeyond;
    volatile int generated;
    volatile SequenceState state;

    public Sequence(SequencePlan plan, long arrived)
    {
        Plan = plan;
        Arrived = arrived;
        Place = new LinkedListNode<Sequence>(this);
    }

    public SequencePlan Plan { get; }

    public long Arrived { get; }

    /// <summary>Its place in the waiting line: kept here so that leaving the line costs the same at any length.</summary>
    public LinkedListNode<Sequence> Place { get; }

    public long? Admitted { get; set; }

    public long? FirstToken { get; private set; }

    public long LastToken { get; private set; }

    public long? EndedAt { get; private set; }

    /// <summary>Earliest time of the next token; 0: with the next step; the maximum: never.</summary>
    public long NextDue { get; set; }

    /// <summary>Tokens that are not read yet: of the prompt, and after a preemption of the answer as well.</summary>
    public int PromptLeft { get; set; }

    /// <summary>Of the prompt, found in the cache when it last entered.</summary>
    public int CachedTokens { get; set; }

    public int Blocks { get; set; }

    /// <summary>How many of them, from the first, others may hold too.</summary>
    public int SharedBlocks { get; set; }

    public bool ClientLeft { get; set; }

    public int TokensAfterClientLeft { get; private set; }

    /// <summary>Set when <see cref="IsEnded"/>.</summary>
    public FinishReason Finish { get; private set; }

    public int Generated => generated;

    public SequenceState State => state;

    public bool IsEnded => state == SequenceState.Ended;

    public void Enter(SequenceState next) => state = next;

    public void AddTokens(int count, long now)
    {
        FirstToken ??= now;
        LastToken = now;
        if (ClientLeft)
            TokensAfterClientLeft += count;
        lock (gate)
        {
            generated += count;
            Wake_NeedsLock();
        }
    }

    public void End(FinishReason finish, long now)
    {
        Finish = finish;
        EndedAt = now;
        lock (gate)
        {
            state = SequenceState.Ended;
            Wake_NeedsLock();
        }
    }

    /// <summary>Completes when more than <paramref name="seen"/> tokens exist, or the sequence has ended.</summary>
    public Task WaitBeyondAsync(int seen, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (state == SequenceState.Ended || generated > seen)
                return Task.CompletedTask;
            wakeBeyond = seen;
            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return waiter.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Completes when the sequence has ended, without waking for each token.</summary>
    public Task WaitForEndAsync(CancellationToken cancellationToken) => WaitBeyondAsync(int.MaxValue, cancellationToken);

    void Wake_NeedsLock()
    {
        if (waiter is null || (state != SequenceState.Ended && generated <= wakeBeyond))
            return;
        waiter.TrySetResult();
        waiter = null;
    }
}
