using System.Collections.Concurrent;

namespace AiPlatform.Jobs.Tests;

/// <summary>The system's time, which remembers the timers of one length that were made, and those of them that are still there.</summary>
sealed class TimerRecorder(TimeSpan length) : TimeProvider
{
    readonly ConcurrentDictionary<ITimer, bool> _open = [];
    int _made;

    public int Made => Volatile.Read(ref _made);

    public int Open => _open.Count;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = System.CreateTimer(callback, state, dueTime, period);
        if (dueTime != length)
        {
            return timer;
        }
        var recorded = new Recorded(timer, ended => _open.TryRemove(ended, out _));
        _open.TryAdd(recorded, true);
        Interlocked.Increment(ref _made);
        return recorded;
    }

    sealed class Recorded(ITimer timer, Action<ITimer> end) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            end(this);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            end(this);
            return timer.DisposeAsync();
        }
    }
}
