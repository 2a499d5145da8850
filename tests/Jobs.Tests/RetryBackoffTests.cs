using AiPlatform.Contracts;
using AiPlatform.Testing;

namespace AiPlatform.Jobs.Tests;

public sealed class RetryBackoffTests(Stores stores)
{
    [Fact]
    public void Pauses_double_up_to_ten_minutes() => Assert.Equal(
        [2, 4, 8, 16, 32, 64, 128, 256, 512, 600], RetryBackoff.Series(TimeSpan.FromSeconds(2)).Select(pause => pause.TotalSeconds));

    [Fact]
    public async Task Half_of_each_pause_is_left_to_chance()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, configure: options => options.RetryDelay = TimeSpan.FromMinutes(2));
        await host.BuildEmptyAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await host.SubmitAsync());
        }
        await Task.WhenAll((await host.ClaimAsync(limit: 20)).Select(
            claim => host.Queue.FailAsync(JobFence.Of(claim), new JobError("provider_error", "no"), default, TestContext.Current.CancellationToken)));

        var pauses = await host.QueryAsync(
            "select extract(epoch from run_at - now())::float8 from job_open", row => row.GetDouble(0));

        Assert.Equal(20, pauses.Count);
        // 60 s are certain, less what has passed since; up to 60 s more are chance, so that those who failed together come back apart.
        Assert.All(pauses, pause => Assert.InRange(pause, 30, 120));
        Assert.True(pauses.Max() - pauses.Min() > 5, $"All pauses are about the same: {string.Join(' ', pauses)}");
    }

    [Theory]
    [InlineData("00:10:00")]
    [InlineData("01:00:00")]
    public void A_first_pause_beyond_the_cap_is_the_cap(string first) =>
        Assert.Equal([RetryBackoff.Longest], RetryBackoff.Series(TimeSpan.Parse(first, null)));

    [Fact]
    public void The_shortest_first_pause_ends_at_the_cap_too()
    {
        var series = RetryBackoff.Series(TimeSpan.FromMilliseconds(10));
        Assert.Equal((17, RetryBackoff.Longest), (series.Length, series[^1]));
    }
}
