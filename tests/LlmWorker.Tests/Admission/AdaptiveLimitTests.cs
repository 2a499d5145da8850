using AiPlatform.LlmWorker.Admission;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Admission;

public sealed class AdaptiveLimitTests
{
    readonly ManualTimeProvider time = new();
    AdaptiveLimit limit;

    public AdaptiveLimitTests() => limit = new AdaptiveLimit(16, time);

    [Fact]
    public void A_refusal_leaves_seven_tenths_of_the_calls_under_way()
    {
        limit.Refused(Begin(), inFlight: 16);
        Assert.Equal(11, limit.Now);

        limit.Refused(Begin(), inFlight: 5);
        Assert.Equal(3, limit.Now);
    }

    [Fact]
    public void Of_calls_that_were_under_way_together_only_the_first_refusal_counts()
    {
        long[] begun = [Begin(), Begin(), Begin()];
        foreach (var begunAt in begun)
        {
            limit.Refused(begunAt, inFlight: 16);
        }
        Assert.Equal(11, limit.Now);
    }

    [Fact]
    public void It_never_falls_below_one_call()
    {
        for (var i = 0; i < 10; i++)
        {
            limit.Refused(Begin(), inFlight: 1);
        }
        Assert.Equal(1, limit.Now);
    }

    [Fact]
    public void It_climbs_by_one_call_every_ten_seconds_up_to_the_configured_number()
    {
        limit.Refused(Begin(), inFlight: 16);

        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(11, limit.Now);
        time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(12, limit.Now);
        time.Advance(TimeSpan.FromSeconds(25));
        Assert.Equal(14, limit.Now);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(16, limit.Now);
    }

    [Fact]
    public void First_tokens_that_take_three_times_as_long_as_they_did_lower_it_by_a_tenth_in_the_time_of_a_step()
    {
        Answer(20, TimeSpan.FromSeconds(0.4));
        Assert.Equal(16, limit.Now);

        Answer(20, TimeSpan.FromSeconds(2));
        Assert.Equal(14, limit.Now);

        time.Advance(TimeSpan.FromSeconds(9));
        Answer(20, TimeSpan.FromSeconds(2));
        Assert.Equal(15, limit.Now);
        time.Advance(TimeSpan.FromSeconds(1));
        Answer(1, TimeSpan.FromSeconds(2));
        Assert.Equal(13, limit.Now);
    }

    [Fact]
    public void Slow_answers_leave_half_of_it_and_time_brings_back_the_rest()
    {
        limit = new AdaptiveLimit(64, time);
        Answer(20, TimeSpan.FromSeconds(0.4));
        for (var i = 0; i < 30; i++)
        {
            Answer(5, TimeSpan.FromSeconds(10));
            time.Advance(TimeSpan.FromSeconds(10));
        }
        Answer(1, TimeSpan.FromSeconds(10));
        Assert.Equal(32, limit.Now);

        Answer(20, TimeSpan.FromSeconds(0.4));
        time.Advance(TimeSpan.FromSeconds(320));
        Answer(1, TimeSpan.FromSeconds(0.4));
        Assert.Equal(64, limit.Now);
    }

    [Fact]
    public void Slow_answers_do_not_raise_what_refusals_lowered()
    {
        Answer(20, TimeSpan.FromSeconds(0.4));
        limit.Refused(Begin(), inFlight: 3);
        time.Advance(TimeSpan.FromSeconds(10));

        Answer(20, TimeSpan.FromSeconds(10));

        Assert.Equal(3, limit.Now);
    }

    [Fact]
    public void Longer_prompts_say_nothing()
    {
        for (var i = 0; i < 50; i++)
        {
            Answer(10, TimeSpan.FromSeconds(0.05), promptTokens: 50);
            Answer(3, TimeSpan.FromSeconds(3), promptTokens: 8000);
            Answer(1, TimeSpan.FromSeconds(0.8), promptTokens: 2000);
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(16, limit.Now);
    }

    [Fact]
    public void Slowness_of_a_server_with_places_left_says_nothing()
    {
        Answer(20, TimeSpan.FromSeconds(0.4));
        Answer(20, TimeSpan.FromSeconds(5), isFull: false);

        Assert.Equal(16, limit.Now);
    }

    [Fact]
    public void A_few_slow_answers_among_many_say_nothing()
    {
        Answer(20, TimeSpan.FromSeconds(0.4));
        Answer(1, TimeSpan.FromSeconds(3));
        Answer(20, TimeSpan.FromSeconds(0.4));

        Assert.Equal(16, limit.Now);
    }

    [Fact]
    public void Loading_a_model_says_nothing()
    {
        Answer(1, TimeSpan.FromMinutes(1));
        Answer(20, TimeSpan.FromSeconds(0.4));

        Assert.Equal(16, limit.Now);
    }

    [Fact]
    public void Differences_that_nobody_would_notice_say_nothing()
    {
        Answer(20, TimeSpan.FromMilliseconds(10));
        Answer(20, TimeSpan.FromMilliseconds(200));

        Assert.Equal(16, limit.Now);
    }

    void Answer(int times, TimeSpan toFirstToken, long promptTokens = 100, bool isFull = true)
    {
        for (var i = 0; i < times; i++)
        {
            limit.Answered(toFirstToken, promptTokens, isFull);
        }
    }

    // No two calls begin at once.
    long Begin()
    {
        time.Advance(TimeSpan.FromMilliseconds(1));
        return time.GetTimestamp();
    }
}
