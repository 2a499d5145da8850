using AiPlatform.Contracts;

namespace AiPlatform.Api.Tests;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("20s", 20_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("7d", 604_800_000)]
    public void Durations_are_written_as_in_Go(string text, long milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("30")]
    [InlineData("-1s")]
    [InlineData("1 s")]
    [InlineData("1S")]
    [InlineData("s")]
    [InlineData("1s\n")]
    [InlineData("00:00:30")]
    [InlineData("9999999999d9999999999d")]
    public void Anything_else_is_no_duration(string text) => Assert.False(Durations.TryParse(text, out _));
}
