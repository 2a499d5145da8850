using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Admission;
using AiPlatform.Testing;
using AiPlatform.WorkerRuntime;
using static Microsoft.Extensions.Options.Options;

namespace AiPlatform.LlmWorker.Tests.Admission;

public sealed class PlacesTests
{
    static readonly ServerGauges Idle = new(0, 0.1);

    readonly ManualTimeProvider time = new();
    readonly AdmissionSignal signal = new();

    [Theory]
    [InlineData(20, 1, 1, 1, 1)]
    [InlineData(20, 2, 1, 2, 2)]
    [InlineData(20, 4, 3, 4, 4)]
    [InlineData(20, 8, 6, 7, 8)]
    [InlineData(20, 16, 12, 15, 16)]
    [InlineData(0, 16, 16, 16, 16)]
    [InlineData(90, 10, 1, 9, 10)]
    public void Low_jobs_leave_their_share_to_others_and_normal_ones_the_last_place(int share, int limit, int low, int normal, int high)
    {
        var places = Of(limit, share);

        Assert.Equal((low, normal, high), (places.Room(JobPriority.Low), places.Room(JobPriority.Normal), places.Room(JobPriority.High)));
    }

    [Theory]
    [InlineData(1, 1, 16, 16)]
    [InlineData(4, 3, 16, 16)]
    [InlineData(8, 6, 7, 16)]
    [InlineData(32, 12, 15, 16)]
    public void What_is_kept_is_of_the_slots_where_there_are_fewer_than_places(int slots, int low, int normal, int high)
    {
        var places = Of(16, slots: slots);

        Assert.Equal((low, normal, high), (places.Room(JobPriority.Low), places.Room(JobPriority.Normal), places.Room(JobPriority.High)));
        Assert.Equal(16, places.Limit);
    }

    [Fact]
    public void A_place_is_taken_only_where_the_priority_has_one()
    {
        var places = Of(4);
        Assert.True(Take(places, JobPriority.Low, 3));
        Assert.False(places.TryTake(JobPriority.Low));
        Assert.True(places.TryTake(JobPriority.High));
        Assert.False(places.TryTake(JobPriority.High));
        Assert.Equal((4, 4, null), (places.InFlight, places.Limit, places.LimitedBy));

        places.Return();
        places.Return();

        Assert.True(places.TryTake(JobPriority.Low));
    }

    [Fact]
    public void A_refused_call_lowers_the_limit_and_time_raises_it()
    {
        var places = Of(16);
        Take(places, JobPriority.High, 16);

        places.Refused(time.GetTimestamp());
        Assert.Equal((11, "refusals", 0), (places.Limit, places.LimitedBy, places.Room(JobPriority.High)));

        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal((16, null), (places.Limit, places.LimitedBy));
    }

    [Theory]
    [InlineData(12, false, "refusals")]
    [InlineData(11, false, null)]
    [InlineData(12, true, null)]
    public void Slow_first_tokens_lower_the_limit_of_a_server_that_is_full_and_does_not_say_how_busy_it_is(int inFlight, bool hasGauges, string? limitedBy)
    {
        var places = Of(16);
        Take(places, JobPriority.High, inFlight);
        foreach (var seconds in (double[])[0.4, 4])
        {
            for (var i = 0; i < 20; i++)
            {
                if (hasGauges)
                {
                    places.Observe(Idle);
                }
                places.Answered(TimeSpan.FromSeconds(seconds), 100);
            }
        }

        Assert.Equal(limitedBy, places.LimitedBy);
    }

    [Theory]
    [InlineData(0, 0.5, true, true)]
    [InlineData(1, 0.5, false, true)]
    [InlineData(2, 0.5, false, true)]
    [InlineData(3, 0.5, false, false)]
    [InlineData(0, 0.85, false, true)]
    [InlineData(0, 0.95, false, false)]
    public void A_server_that_says_that_it_has_too_much_gets_no_more(double waiting, double usage, bool low, bool high)
    {
        var places = Of(16);
        Take(places, JobPriority.Low, 2);

        places.Observe(new ServerGauges(waiting, usage));

        Assert.Equal(
            (low, high, high, waiting > 0 || !high ? "server" : null),
            (places.Room(JobPriority.Low) > 0, places.Room(JobPriority.Normal) > 0, places.Room(JobPriority.High) > 0, places.LimitedBy));
    }

    [Fact]
    public void A_server_that_others_keep_busy_still_gets_one_call()
    {
        var places = Of(16);
        places.Observe(new ServerGauges(50, 1));

        Assert.True(places.TryTake(JobPriority.Low));
        Assert.False(places.TryTake(JobPriority.High));
    }

    [Fact]
    public void What_a_server_said_more_than_two_seconds_ago_says_nothing()
    {
        var places = Of(16);
        Take(places, JobPriority.Low, 2);
        places.Observe(new ServerGauges(50, 1));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, places.Limit);

        time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal((16, null), (places.Limit, places.LimitedBy));
    }

    [Fact]
    public void A_server_that_runs_fewer_than_configured_gets_as_many_as_it_runs_and_two_to_wait()
    {
        var places = Of(64);
        Take(places, JobPriority.Low, 51);
        places.Observe(new ServerGauges(41, 0.5));
        for (var i = 0; i < 45; i++)
        {
            places.Return();
        }

        // It ran ten at a time: low jobs get eight of them.
        time.Advance(TimeSpan.FromSeconds(1));
        places.Observe(Idle);
        Assert.Equal((2, 12, "server"), (places.Room(JobPriority.Low), places.Limit, places.LimitedBy));

        // Nothing waits though they have all they may have: perhaps it runs more.
        Take(places, JobPriority.Low, 2);
        foreach (var limit in new[] { 13, 14, 15 })
        {
            time.Advance(TimeSpan.FromSeconds(1));
            places.Observe(Idle);
            Assert.Equal(limit, places.Limit);
            while (places.TryTake(JobPriority.Low))
            {
            }
        }
        time.Advance(TimeSpan.FromSeconds(1));
        places.Observe(new ServerGauges(1, 0.5));
        Assert.Equal(places.InFlight - 1 + 2, places.Limit);
    }

    [Fact]
    public void Whoever_waits_is_told_of_every_place_and_of_every_change()
    {
        var places = Of(1);
        places.TryTake(JobPriority.Low);
        places.Tell();
        var changed = signal.Changed;
        places.Return();
        Assert.False(changed.IsCompleted);

        signal.Watch();
        places.TryTake(JobPriority.Low);
        places.Return();
        Assert.True(changed.IsCompleted);

        changed = signal.Changed;
        places.Tell();
        Assert.True(changed.IsCompleted);
        changed = signal.Changed;
        places.Tell();
        Assert.False(changed.IsCompleted);
    }

    [Fact]
    public void A_server_that_has_time_again_is_told()
    {
        var places = Of(16);
        Take(places, JobPriority.Low, 2);
        places.Observe(new ServerGauges(50, 1));
        var changed = signal.Changed;

        places.Observe(Idle);

        Assert.True(changed.IsCompleted);
    }

    [Fact]
    public void Without_admission_there_is_no_limit()
    {
        var places = Of(1, on: false);
        places.Observe(new ServerGauges(50, 1));

        Assert.True(Take(places, JobPriority.Low, 100));
        Assert.Equal((100, null, null), (places.InFlight, places.Limit, places.LimitedBy));
    }

    Places Of(int limit, int share = 20, bool on = true, int slots = 64) => new(
        limit, new AdmissionRules(Create(new LlmOptions { Admission = on, ReservedShare = share }), Create(new WorkerOptions { Slots = slots })), signal, time);

    static bool Take(Places places, JobPriority priority, int times) => Enumerable.Range(0, times).All(_ => places.TryTake(priority));
}
