using AiPlatform.LlmWorker.Routing;
using AiPlatform.Testing;

namespace AiPlatform.LlmWorker.Tests.Routing;

public sealed class CircuitBreakerTests
{
    readonly ManualTimeProvider time = new();
    readonly CircuitBreaker breaker;

    public CircuitBreakerTests() => breaker = new CircuitBreaker(time, new Fixed(0));

    [Fact]
    public void Four_failures_are_too_few_to_judge_and_the_fifth_opens_it()
    {
        Fail(4);
        Assert.Equal(CircuitState.Closed, breaker.State);

        Assert.Equal(TimeSpan.FromSeconds(5), breaker.Failed(Enter()));
        Assert.Equal((CircuitState.Open, TimeSpan.FromSeconds(5)), (breaker.State, breaker.Left));
        Assert.Null(breaker.TryEnter(insists: false));
    }

    [Fact]
    public void Half_of_the_calls_may_fail()
    {
        Succeed(5);
        Fail(5);
        Assert.Equal(CircuitState.Closed, breaker.State);

        Fail(1);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void Calls_of_more_than_half_a_minute_ago_do_not_count()
    {
        Fail(4);
        time.Advance(TimeSpan.FromSeconds(30.1));
        Fail(4);
        Assert.Equal(CircuitState.Closed, breaker.State);

        Fail(1);
        Assert.Equal(CircuitState.Open, breaker.State);
    }

    [Fact]
    public void After_its_rest_one_call_tries_it()
    {
        Fail(5);
        time.Advance(TimeSpan.FromSeconds(4.999));
        Assert.Null(breaker.TryEnter(insists: false));

        time.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal((CircuitState.HalfOpen, TimeSpan.Zero), (breaker.State, breaker.Left));
        var probe = Enter();
        Assert.Null(breaker.TryEnter(insists: false));

        Assert.True(breaker.Succeeded(probe));
        Assert.Equal(CircuitState.Closed, breaker.State);
        // What failed before is forgotten.
        Fail(4);
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void An_abandoned_trial_lets_another_try()
    {
        Fail(5);
        time.Advance(TimeSpan.FromSeconds(5));

        breaker.Abandoned(Enter());

        Assert.True(breaker.Succeeded(Enter()));
    }

    [Fact]
    public void Each_failed_trial_doubles_the_rest_up_to_a_minute_and_a_good_one_starts_over()
    {
        Fail(5);
        foreach (var seconds in new[] { 10, 20, 40, 60, 60 })
        {
            time.Advance(breaker.Left);
            Assert.Equal(TimeSpan.FromSeconds(seconds), breaker.Failed(Enter()));
        }
        time.Advance(breaker.Left);
        breaker.Succeeded(Enter());

        Fail(5);
        Assert.Equal(TimeSpan.FromSeconds(5), breaker.Left);
    }

    [Fact]
    public void A_rest_is_shorter_by_up_to_a_fifth_at_random()
    {
        var shortest = new CircuitBreaker(time, new Fixed(1));
        for (var i = 0; i < 5; i++)
        {
            shortest.Failed(shortest.TryEnter(insists: false)!.Value);
        }
        Assert.Equal(TimeSpan.FromSeconds(4), shortest.Left);
    }

    [Fact]
    public void It_rests_as_long_as_the_server_asks_and_not_shorter_for_a_second_wish()
    {
        Assert.Equal(TimeSpan.FromSeconds(120), breaker.Rest(TimeSpan.FromSeconds(120)));
        Assert.True(breaker.IsAskedFor);
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Null(breaker.Rest(TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromSeconds(100), breaker.Left);

        time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal((CircuitState.HalfOpen, false), (breaker.State, breaker.IsAskedFor));
    }

    [Fact]
    public void A_wrongly_configured_one_rests_for_good_and_a_good_call_of_the_last_resort_brings_it_back()
    {
        breaker.Condemn();
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal((CircuitState.Open, TimeSpan.MaxValue, false), (breaker.State, breaker.Left, breaker.IsAskedFor));
        Assert.Null(breaker.TryEnter(insists: false));
        Assert.Null(breaker.Failed(breaker.TryEnter(insists: true)!.Value));
        Assert.Equal(TimeSpan.MaxValue, breaker.Left);

        Assert.True(breaker.Succeeded(breaker.TryEnter(insists: true)!.Value));
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void A_trial_that_is_asked_to_come_again_at_once_lets_another_try()
    {
        Fail(5);
        time.Advance(TimeSpan.FromSeconds(5));
        Enter();

        Assert.Equal(TimeSpan.Zero, breaker.Rest(TimeSpan.Zero));

        Assert.True(breaker.Succeeded(Enter()));
    }

    [Fact]
    public void A_wish_to_be_left_alone_changes_nothing_for_one_that_rests_for_good()
    {
        breaker.Condemn();

        Assert.Null(breaker.Rest(TimeSpan.FromSeconds(2)));

        Assert.Equal((TimeSpan.MaxValue, false), (breaker.Left, breaker.IsAskedFor));
    }

    [Fact]
    public void A_call_of_the_last_resort_that_is_cancelled_does_not_make_room_beside_the_trial()
    {
        Fail(5);
        time.Advance(TimeSpan.FromSeconds(5));
        var trial = Enter();

        breaker.Abandoned(breaker.TryEnter(insists: true)!.Value);

        Assert.Null(breaker.TryEnter(insists: false));
        Assert.True(breaker.Succeeded(trial));
    }

    [Fact]
    public void Calls_that_began_before_it_rested_say_nothing_of_it_now()
    {
        var old = Enter();
        Fail(5);

        Assert.False(breaker.Succeeded(old));
        Assert.Null(breaker.Failed(old));

        Assert.Equal((CircuitState.Open, TimeSpan.FromSeconds(5)), (breaker.State, breaker.Left));
    }

    CircuitBreaker.Pass Enter() => breaker.TryEnter(insists: false) ?? throw new InvalidOperationException("It rests.");

    void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.Failed(Enter());
        }
    }

    void Succeed(int times)
    {
        for (var i = 0; i < times; i++)
        {
            breaker.Succeeded(Enter());
        }
    }
}
