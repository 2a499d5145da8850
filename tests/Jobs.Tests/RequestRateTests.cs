using AiPlatform.Jobs.Index;
using AiPlatform.Testing;

namespace AiPlatform.Jobs.Tests;

/// <summary>How many requests a caller may make: <c>rate.lua</c>, and what stands in for it while Redis is away.</summary>
public sealed class RequestRateTests(QuietHost quiet, Stores stores) : IClassFixture<QuietHost>
{
    const int Second = 1_000_000;

    readonly string _key = $"rate:{Guid.NewGuid():N}";

    [Fact]
    public async Task A_caller_has_earned_a_burst_and_then_waits_for_each_request()
    {
        // One a minute, three ahead: nothing is earned back while the test runs.
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(0, await TakeAsync(cost: 60 * Second, ahead: 120 * Second));
        }
        Assert.InRange(await TakeAsync(cost: 60 * Second, ahead: 120 * Second), 1, 60 * Second);
        Assert.InRange((await quiet.Host.Redis.KeyTimeToLiveAsync(_key))!.Value.TotalSeconds, 1, 180);
    }

    [Fact]
    public async Task A_higher_rate_holds_at_once_and_a_time_of_another_clock_does_not()
    {
        await quiet.Host.Redis.StringSetAsync(_key, "9000000000000000");
        Assert.InRange(await TakeAsync(cost: 60 * Second, ahead: 120 * Second), 1, 60 * Second);
    }

    [Fact]
    public async Task Without_Redis_a_process_counts_alone()
    {
        var time = new ManualTimeProvider();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, hasRedis: false);
        var rates = new RequestRates(host.Get<RedisLink>(), host.Get<QueueKeys>(), time);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(TimeSpan.Zero, await rates.TakeAsync("a", rate: 1));
        }
        Assert.Equal(TimeSpan.FromSeconds(1), await rates.TakeAsync("a", rate: 1));
        Assert.Equal(TimeSpan.Zero, await rates.TakeAsync("b", rate: 1));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, await rates.TakeAsync("a", rate: 1));
        Assert.Equal(TimeSpan.FromSeconds(1), await rates.TakeAsync("a", rate: 1));
    }

    async Task<long> TakeAsync(long cost, long ahead) => (long)await new LuaFile("rate").RunAsync(quiet.Host.Redis, [_key], [cost, ahead]);
}
