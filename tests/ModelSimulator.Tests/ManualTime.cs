namespace AiPlatform.ModelSimulator.Tests;

/// <summary>Time that stands still until a test moves it. One timer, which is what an engine has.</summary>
sealed class ManualTime : TimeProvider
{
    TimeSpan now = TimeSpan.FromDays(1);
    TimeSpan? due;
    Action fire = () => { };

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        fire = () => callback(state);
        return new ManualTimer(this);
    }

    /// <summary>Moves on, firing the timer at its times on the way.</summary>
    public void Advance(double milliseconds)
    {
        var end = now + TimeSpan.FromMilliseconds(milliseconds);
        while (due <= end)
        {
            now = due.Value > now ? due.Value : now;
            due = null;
            fire();
        }

        now = end;
    }

    /// <summary>Moves on as a suspended machine does: the timer is late.</summary>
    public void AdvanceAsleep(double milliseconds) => now += TimeSpan.FromMilliseconds(milliseconds);

    sealed class ManualTimer(ManualTime time) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            time.due = dueTime == Timeout.InfiniteTimeSpan ? null : time.now + dueTime;
            return true;
        }

        public void Dispose() => time.due = null;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
