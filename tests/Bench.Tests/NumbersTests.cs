namespace AiPlatform.Bench.Tests;

/// <summary>What every number of a report goes through.</summary>
public sealed class NumbersTests
{
    [Theory]
    [InlineData(new[] { 3.0 }, 3)]
    [InlineData(new[] { 9.0, 1, 5 }, 5)]
    [InlineData(new[] { 9.0, 1, 5, 2 }, 3.5)]
    public void The_median_is_the_middle_or_halfway_between_the_two(double[] values, double expected) => Assert.Equal(expected, Numbers.Median(values));

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(0.991, 100)]
    [InlineData(1, 100)]
    public void Of_one_to_a_hundred_a_percentile_is_its_own_number(double part, double expected) =>
        Assert.Equal(expected, Numbers.Percentile([.. Enumerable.Range(1, 100).Select(n => (double)n).Reverse()], part));

    [Fact]
    public void A_percentile_is_one_of_the_values() => Assert.Equal(7, Numbers.Percentile([7, 1_000], 0.5));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.126, "0.13")]
    [InlineData(45.67, "45.7")]
    [InlineData(1_000_000, "1,000,000")]
    public void A_number_is_written_with_the_digits_that_matter(double value, string expected) => Assert.Equal(expected, Numbers.Text(value));
}
