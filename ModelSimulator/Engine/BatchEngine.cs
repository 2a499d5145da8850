using AiPlatform.ModelSimulator.Metrics;

namespace AiPlatform.ModelSimulator.Engine;

/// <summary>
/// Continuous batching: each step gives one token to every running sequence, a free place goes to the head of the waiting line.
/// It has no thread: a submit, a leaving client and one timer move it on, so with zero latencies a submit returns with all tokens there.
/// </summary>
sealed partial class BatchEngine : IDisposable
{
    // A late timer is caught up step by step, so that the mean pace holds; after a longer pause (a suspended laptop) the pace starts anew.
    static readonly TimeSpan MaxCatchUp = TimeSpan.FromMilliseconds(100);

    readonly Lock gate = new();
    readonly List<Sequence> running = [];
    readonly LinkedList<Sequence> waiting = [];
    readonly SimulatorOptions options;
    readonly TimeProvider time;
    readonly KvCache kv;
    readonly ITimer timer;
    readonly EnginePace pace;
    EngineMetrics metrics;
    long lastStep;
    int lastPrefill;
    bool lastDecoded = true;
    bool stopped;
    bool asleep;

    public BatchEngine(SimulatorOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        kv = new KvCache(options.KvBlocks);
        metrics = new EngineMetrics(options.MaxModelLen, time.TimestampFrequency);
        pace = new EnginePace(options, time.TimestampFrequency);
        timer = time.CreateTimer(static engine => ((BatchEngine)engine!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsAsleep => Volatile.Read(ref asleep);

    /// <summary>False: the waiting line is full, or the engine sleeps or has stopped, and none of the request's sequences was taken.</summary>
    public bool TrySubmit(IReadOnlyList<Sequence> request)
    {
        lock (gate)
        {
            if (stopped || asleep)
                return false;
            foreach (var sequence in request)
                Queue_NeedsLock(sequence);
            Advance_NeedsLock();

            // A request counts once in the line, and while its first sequence waits so do the others.
            if (request[0].State != SequenceState.Waiting || waiting.Count - request.Count < options.MaxWaiting)
                return true;
            foreach (var sequence in request)
                waiting.Remove(sequence.Place);
            metrics.Rejected();
            return false;
        }
    }

    /// <summary>The client closed its connection: vLLM aborts the request and gives its place to the next.</summary>
    public void Leave(IReadOnlyList<Sequence> request)
    {
        lock (gate)
        {
            var left = false;
            foreach (var sequence in request)
            {
                if (sequence.State == SequenceState.Ended || sequence.ClientLeft)
                    continue;
                left = true;
                sequence.ClientLeft = true;
                if (!sequence.Plan.OutlivesClient)
                    End_NeedsLock(sequence, FinishReason.Abort);
            }

            if (!left)
                return;
            metrics.ClientLeft();
            Advance_NeedsLock();
        }
    }

    /// <summary>The engine failed this request: its place goes to the next.</summary>
    public void Fail(IReadOnlyList<Sequence> request)
    {
        lock (gate)
        {
            foreach (var sequence in request)
            {
                if (sequence.State != SequenceState.Ended)
                    End_NeedsLock(sequence, FinishReason.Error);
            }

            Advance_NeedsLock();
        }
    }

    /// <summary>Ends every sequence with an error and takes no more.</summary>
    public void Stop()
    {
        lock (gate)
        {
            stopped = true;
            foreach (var sequence in running.Concat(waiting).ToArray())
                End_NeedsLock(sequence, FinishReason.Error);
        }
    }

    /// <summary>Aborts every sequence, forgets what is cached and takes no more until it is woken.</summary>
    public void Sleep()
    {
        lock (gate)
        {
            asleep = true;
            foreach (var sequence in running.Concat(waiting).ToArray())
                End_NeedsLock(sequence, FinishReason.Abort);
            kv.Forget();
            ForgetStep_NeedsLock();
        }
    }

    public void Wake()
    {
        lock (gate)
            asleep = false;
    }

    /// <summary>Ends every sequence with an error and starts all counters from zero, as a restarted server does.</summary>
    public void Reset()
    {
        lock (gate)
        {
            foreach (var sequence in running.Concat(waiting).ToArray())
                End_NeedsLock(sequence, FinishReason.Error);
            kv.Forget();
            pace.Restart();
            ForgetStep_NeedsLock();
            metrics = new EngineMetrics(options.MaxModelLen, time.TimestampFrequency);
        }
    }

    /// <summary>The settings have changed: what they allow now is done now.</summary>
    public void Retune()
    {
        lock (gate)
        {
            pace.NextStep();
            Advance_NeedsLock();
        }
    }

    public EngineReading Read()
    {
        lock (gate)
        {
            return new EngineReading(running.Count, waiting.Count, kv.Usage, kv.Blocks, metrics.Copy())
            {
                RunningAdapters = Adapters(running),
                WaitingAdapters = Adapters(waiting)
            };
        }
    }

    /// <summary>The little of <see cref="Read"/> that is cheap enough for every request.</summary>
    public (int Waiting, double KvUsage) Load()
    {
        lock (gate)
            return (waiting.Count, kv.Usage);
    }

    public void Dispose() => timer.Dispose();

    /// <summary>Nothing runs: what the last step did delays nothing that comes.</summary>
    void ForgetStep_NeedsLock() => (lastStep, lastPrefill, lastDecoded) = (0, 0, true);

    void OnTimer()
    {
        lock (gate)
            Advance_NeedsLock();
    }

    static IReadOnlyList<string> Adapters(IEnumerable<Sequence> sequences) =>
        [.. sequences.Select(sequence => sequence.Plan.Adapter).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);

    long After(long moment, TimeSpan duration) =>
        duration == Timeout.InfiniteTimeSpan || moment == long.MaxValue ? long.MaxValue : moment + Ticks(duration);
}
