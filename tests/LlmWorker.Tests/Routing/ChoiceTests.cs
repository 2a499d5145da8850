using AiPlatform.LlmWorker.Routing;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Routing;

public sealed class ChoiceTests
{
    const int Draws = 10_000;

    [Fact]
    public void The_only_one_is_chosen() => Assert.Equal([0], Shares(Measured(5)).Keys);

    [Fact]
    public void A_slow_one_is_only_explored()
    {
        var shares = Shares(Measured(1), Measured(1.3));

        Assert.InRange(shares[1], 1, Draws * 0.02);
    }

    [Fact]
    public void Those_about_as_fast_as_the_best_share_the_work()
    {
        // Of two drawn at random the better one is taken, so the best of three gets two thirds.
        var shares = Shares(Measured(1), Measured(1.1), Measured(1.15));

        Assert.InRange(shares[0], Draws * 0.62, Draws * 0.71);
        Assert.InRange(shares[1], Draws * 0.29, Draws * 0.38);
        Assert.InRange(shares[2], 1, Draws * 0.02);
    }

    [Fact]
    public void What_is_not_measured_counts_as_the_best() => Assert.InRange(Shares(Measured(0.5), Unmeasured)[1], Draws * 0.2, Draws * 0.8);

    [Fact]
    public void Load_makes_a_deployment_slower_by_how_much_it_can_take()
    {
        Assert.InRange(Shares(Measured(1) with { InFlight = 8, Concurrency = 16 }, Measured(1.2))[1], Draws * 0.97, Draws);
        Assert.InRange(Shares(Measured(1) with { InFlight = 8, Concurrency = 1000 }, Measured(1.3))[0], Draws * 0.97, Draws);
    }

    [Fact]
    public void One_that_has_just_failed_is_avoided() => Assert.InRange(Shares(Measured(1) with { Failures = 1 }, Measured(1.5))[1], Draws * 0.97, Draws);

    [Fact]
    public void The_pace_is_a_mean_of_which_each_answer_is_a_fifth_and_which_fades_by_half_a_minute()
    {
        var time = new ManualTimeProvider();
        var pace = new Pace(time);
        Assert.Null(pace.Expected(100));

        pace.Measured(TimeSpan.FromSeconds(1), null);
        Assert.Equal(1, pace.Expected(100));
        pace.Measured(TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(10));
        Assert.Equal((1.2, 0.01), (pace.ToFirstToken!.Value.TotalSeconds, pace.PerToken!.Value.TotalSeconds));
        Assert.Equal(2.2, pace.Expected(100)!.Value, 9);

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1.1, pace.Expected(100)!.Value, 9);
    }

    [Fact]
    public void A_group_may_retry_ten_times_and_then_a_tenth_of_its_traffic()
    {
        var budget = new RetryBudget();
        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => budget.TrySpend()));

        for (var i = 0; i < 10; i++)
        {
            Assert.False(budget.TrySpend());
            budget.Earn();
        }
        Assert.True(budget.TrySpend());
        Assert.False(budget.TrySpend());
    }

    static Candidate Unmeasured => new(null, 0, 16, 0);

    static Candidate Measured(double seconds) => new(seconds, 0, 16, 0);

    static Dictionary<int, int> Shares(params Candidate[] candidates)
    {
        var random = new Random(20261121);
        return Enumerable.Range(0, Draws).Select(_ => Choice.Of(candidates, random)).CountBy(choice => choice).ToDictionary();
    }
}
