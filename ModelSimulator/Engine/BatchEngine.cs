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
    readonly long firstTokenTicks;
    readonly long stepTicks;
    EngineMetrics metrics;
    long lastStep;
    bool stopped;

    public BatchEngine(SimulatorOptions options, TimeProvider time)
    {
        this.options = options;
        this.time = time;
        kv = new KvCache(options.KvBlocks);
        metrics = new EngineMetrics(options.MaxModelLen, time.TimestampFrequency);
        firstTokenTicks = Ticks(TimeSpan.FromMilliseconds(options.FirstTokenMs));
        stepTicks = Ticks(TimeSpan.FromMilliseconds(options.InterTokenMs));
        timer = time.CreateTimer(static engine => ((BatchEngine)engine!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>False: the waiting line is full, or the engine has stopped, and the sequence was not taken.</summary>
    public bool TrySubmit(Sequence sequence)
    {
        lock (gate)
        {
            if (stopped)
                return false;
            waiting.AddLast(sequence.Place);
            Advance_NeedsLock();
            if (sequence.State != SequenceState.Waiting || waiting.Count <= options.MaxWaiting)
                return true;
            waiting.Remove(sequence.Place);
            metrics.Rejected();
            return false;
        }
    }

    /// <summary>The client closed its connection: vLLM aborts the request and gives its place to the next.</summary>
    public void Leave(Sequence sequence)
    {
        lock (gate)
        {
            if (sequence.State == SequenceState.Ended || sequence.ClientLeft)
                return;
            metrics.ClientLeft();
            sequence.ClientLeft = true;
            if (sequence.Plan.OutlivesClient)
                return;
            End_NeedsLock(sequence, FinishReason.Abort);
            Advance_NeedsLock();
        }
    }

    /// <summary>The engine failed this request: its place goes to the next.</summary>
    public void Fail(Sequence sequence)
    {
        lock (gate)
        {
            if (sequence.State == SequenceState.Ended)
                return;
            End_NeedsLock(sequence, FinishReason.Error);
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

    /// <summary>Ends every sequence with an error and starts all counters from zero, as a restarted server does.</summary>
    public void Reset()
    {
        lock (gate)
        {
            foreach (var sequence in running.Concat(waiting).ToArray())
                End_NeedsLock(sequence, FinishReason.Error);
            metrics = new EngineMetrics(options.MaxModelLen, time.TimestampFrequency);
        }
    }

    public EngineReading Read()
    {
        lock (gate)
            return new EngineReading(running.Count, waiting.Count, kv.Usage, kv.Blocks, metrics.Copy());
    }

    public void Dispose() => timer.Dispose();

    void OnTimer()
    {
        lock (gate)
            Advance_NeedsLock();
    }

    long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);

    long After(long moment, TimeSpan duration) =>
        duration == Timeout.InfiniteTimeSpan || moment == long.MaxValue ? long.MaxValue : moment + Ticks(duration);
}
