namespace AiPlatform.Jobs.Tests;

public sealed class RetryBackoffTests
{
    [Fact]
    public void Pauses_double_up_to_ten_minutes() => Assert.Equal(
        [2, 4, 8, 16, 32, 64, 128, 256, 512, 600], RetryBackoff.Series(TimeSpan.FromSeconds(2), random: 1).Select(pause => pause.TotalSeconds));

    [Fact]
    public void Half_of_each_pause_is_left_to_chance() => Assert.Equal(
        [1, 2, 4], RetryBackoff.Series(TimeSpan.FromSeconds(2), random: 0)[..3].Select(pause => pause.TotalSeconds));

    [Theory]
    [InlineData("00:10:00")]
    [InlineData("01:00:00")]
    public void A_first_pause_beyond_the_cap_is_the_cap(string first) =>
        Assert.Equal([RetryBackoff.Longest], RetryBackoff.Series(TimeSpan.Parse(first, null), random: 1));

    [Fact]
    public void The_shortest_first_pause_ends_at_the_cap_too()
    {
        var series = RetryBackoff.Series(TimeSpan.FromMilliseconds(10), random: 1);
        Assert.Equal((17, RetryBackoff.Longest), (series.Length, series[^1]));
    }
}
