using AiPlatform.Testing;

namespace AiPlatform.LocalAspire.Tests;

public sealed class ManualTimeProviderTests
{
    readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_delay_ends_when_its_time_has_come_and_not_before()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(5), _time, TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));

        await delay;
        Assert.Equal(0, _time.PendingTimers);
    }

    [Fact]
    public void Timers_fire_in_order_of_their_due_time_at_that_time()
    {
        var start = _time.GetUtcNow();
        List<(string Name, TimeSpan After)> fired = [];
        using var late = Timer("late", TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var periodic = Timer("periodic", TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal([("periodic", TimeSpan.FromSeconds(2)), ("late", TimeSpan.FromSeconds(3)), ("periodic", TimeSpan.FromSeconds(4))], fired);
        Assert.Equal(start + TimeSpan.FromSeconds(5), _time.GetUtcNow());

        ITimer Timer(string name, TimeSpan dueTime, TimeSpan period) =>
            _time.CreateTimer(_ => fired.Add((name, _time.GetUtcNow() - start)), null, dueTime, period);
    }

    [Fact]
    public async Task A_token_source_is_cancelled_by_manual_time()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
        var cancelled = new TaskCompletionSource();
        await using var registration = source.Token.Register(cancelled.SetResult);

        _time.Advance(TimeSpan.FromSeconds(1));

        await cancelled.Task.WaitAsync(TestContext.Current.CancellationToken);
    }
}
