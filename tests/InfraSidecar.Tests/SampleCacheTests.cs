using AiPlatform.Contracts.Infra;
using AiPlatform.InfraSidecar.Sampling;
using AiPlatform.Testing;

namespace AiPlatform.InfraSidecar.Tests;

public sealed class SampleCacheTests
{
    static readonly InfraError Timeout = new("timeout", "It did not answer.");

    readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(5, 3, 15)]
    [InlineData(1, 10, 11)]
    public void Values_are_withheld_after_three_intervals_or_one_and_the_timeout(int interval, int timeout, int limit)
    {
        var cache = new SampleCache<string>(_time, TimeSpan.FromSeconds(interval), TimeSpan.FromSeconds(timeout));
        cache.Store("value", "nvml", TimeSpan.FromMilliseconds(4));

        _time.Advance(TimeSpan.FromSeconds(limit));
        var fresh = new SourceState
        {
            Available = true,
            Backend = "nvml",
            CollectedAt = _time.GetUtcNow() - TimeSpan.FromSeconds(limit),
            AgeMs = limit * 1000,
            DurationMs = 4,
            Stale = false,
        };
        Assert.Equal(("value", fresh), cache.Read());

        _time.Advance(TimeSpan.FromSeconds(1));
        var stale = fresh with
        {
            Available = false,
            AgeMs = (limit + 1) * 1000,
            Stale = true,
            Error = new InfraError("stale", $"The last sample is {limit + 1} s old and the next has not come."),
        };
        Assert.Equal((null, stale), cache.Read());
    }

    [Fact]
    public void A_failure_keeps_the_values_until_they_are_stale_and_its_own_reason_afterwards()
    {
        var cache = Cache();
        cache.Store("value", "nvidia-smi", TimeSpan.Zero);
        cache.Fail("nvidia-smi", Timeout);

        var (value, state) = cache.Read();
        Assert.Equal(("value", true, Timeout), (value, state.Available, state.Error));

        _time.Advance(TimeSpan.FromSeconds(16));
        (value, state) = cache.Read();
        Assert.Equal((null, false, true, Timeout), (value, state.Available, state.Stale, state.Error));
    }

    [Fact]
    public void A_failure_before_any_value_is_neither_available_nor_stale()
    {
        var cache = Cache();

        cache.Fail("nvidia-smi", Timeout);

        Assert.Equal((null, new SourceState { Available = false, Backend = "nvidia-smi", Stale = false, Error = Timeout, HasFailed = true }), cache.Read());
    }

    [Fact]
    public void A_source_that_went_away_takes_its_values_with_it()
    {
        var cache = Cache();
        cache.Store("value", "nvidia-smi", TimeSpan.Zero, error: Timeout);

        cache.Absent("It is gone.");

        Assert.Equal((null, new SourceState { Available = false, Backend = "none", Stale = false, Detail = "It is gone." }), cache.Read());
    }

    SampleCache<string> Cache() => new(_time, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(3));
}
