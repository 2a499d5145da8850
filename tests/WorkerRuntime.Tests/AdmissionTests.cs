using System.Collections.Concurrent;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using Npgsql;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>A worker whose handler says what can be started.</summary>
public sealed class AdmissionTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_what_has_room_is_claimed_and_the_rest_when_there_is_room(bool hasRedis)
    {
        var handler = Endless();
        handler.Open(JobPriority.High, 1);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 4, hasRedis: hasRedis);
        var low = await worker.SubmitAsync(priority: JobPriority.Low);
        var normal = await worker.SubmitAsync();
        var high = await worker.SubmitAsync(priority: JobPriority.High);
        Assert.Equal(high, (await handler.StartedAsync()).Job.Id);

        handler.Open(JobPriority.Normal, 1);
        Assert.Equal(normal, (await handler.StartedAsync()).Job.Id);
        Assert.Equal(JobStatus.Pending, (await worker.ReadAsync(low)).Status);

        handler.Open(JobPriority.Low, 1);
        Assert.Equal(low, (await handler.StartedAsync()).Job.Id);
    }

    [Fact]
    public async Task No_more_are_claimed_at_a_time_than_there_is_room_for()
    {
        // Room for two, and one less with each that is admitted.
        ScriptedHandler? handler = null;
        var admitted = 0;
        handler = Endless(_ => handler!.Open(++admitted < 2 ? JobPriority.Low : null, 2 - admitted));
        handler.Open(JobPriority.Low, 2);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 8);
        var jobs = new List<Guid>();
        for (var i = 0; i < 6; i++)
        {
            jobs.Add(await worker.SubmitAsync());
        }
        await handler.StartedAsync();
        await handler.StartedAsync();

        // Submitted after what waits, so that a claim that takes one has passed over the others.
        handler.Open(JobPriority.High, 1);
        var high = await worker.SubmitAsync(priority: JobPriority.High);

        Assert.Equal(high, (await handler.StartedAsync()).Job.Id);
        Assert.Equal(4, (await Task.WhenAll(jobs.Select(worker.ReadAsync))).Count(job => job.Status == JobStatus.Pending));
    }

    [Fact]
    public async Task A_job_whose_turn_it_is_comes_first_whatever_is_open_for_others()
    {
        var handler = Endless();
        handler.Open(null, 0);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 4);
        var low = await worker.SubmitAsync(priority: JobPriority.Low);
        var high = await worker.SubmitAsync(priority: JobPriority.High);

        handler.Open(JobPriority.Low, 1);

        Assert.Equal(high, (await handler.StartedAsync()).Job.Id);
        Assert.Equal(low, (await handler.StartedAsync()).Job.Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_low_run_gives_its_place_to_a_high_job_though_slots_are_free(bool hasRedis)
    {
        var handler = OfOnePlace(JobPriority.Low);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 4, hasRedis: hasRedis);
        await worker.SubmitAsync(priority: JobPriority.Low);
        var low = await handler.StartedAsync();

        var high = await worker.SubmitAsync(priority: JobPriority.High);

        Assert.Equal(high, (await handler.StartedAsync()).Job.Id);
        Assert.Equal(CancellationReason.Preempted, low.Cancellation.Reason);
    }

    [Theory]
    [InlineData(null, JobPriority.High)]
    [InlineData(JobPriority.High, JobPriority.Normal)]
    public async Task A_run_whose_place_would_not_do_is_left_alone(JobPriority? lowestInsteadOfA, JobPriority priority)
    {
        var pools = new ConcurrentDictionary<string, Opening>
        {
            ["a"] = new("a", "a", JobPriority.Low, 1, LowestInstead: null),
            ["b"] = new("b", "b", JobPriority.Low, 1, LowestInstead: null),
        };
        ScriptedHandler? handler = null;
        handler = Endless(job =>
        {
            // Both are full with their low run; in the place of that of 'b' any job may be started.
            pools[job.ModelProfile] = new(job.ModelProfile, job.ModelProfile, null, 0, job.ModelProfile == "b" ? JobPriority.Low : lowestInsteadOfA);
            handler!.Open(pools["a"], pools["b"]);
        });
        handler.Open(pools["a"], pools["b"]);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 4);
        await worker.SubmitAsync(priority: JobPriority.Low, profile: "a");
        var a = await handler.StartedAsync();
        await worker.SubmitAsync(priority: JobPriority.Low, profile: "b");
        var b = await handler.StartedAsync();
        var waiting = await worker.SubmitAsync(priority: priority, profile: "a");

        // Later in the line: a claim that takes it has passed over the other.
        var high = await worker.SubmitAsync(priority: JobPriority.High, profile: "b");

        Assert.Equal(high, (await handler.StartedAsync()).Job.Id);
        Assert.Equal((null, CancellationReason.Preempted), (a.Cancellation.Reason, b.Cancellation.Reason));
        Assert.Equal(JobStatus.Pending, (await worker.ReadAsync(waiting)).Status);
    }

    [Fact]
    public async Task With_all_slots_busy_a_low_run_gives_its_slot_as_before()
    {
        var handler = Endless();
        handler.Open(JobPriority.Low, 1);
        await using var worker = await WorkerHost.StartAsync(stores, handler, options => options.Slots = 1);
        await worker.SubmitAsync(priority: JobPriority.Low);
        var low = await handler.StartedAsync();

        var high = await worker.SubmitAsync(priority: JobPriority.High);

        Assert.Equal(high, (await handler.StartedAsync()).Job.Id);
        Assert.Equal(CancellationReason.Preempted, low.Cancellation.Reason);
    }

    [Fact]
    public async Task A_place_is_held_until_the_attempt_has_ended()
    {
        var held = 0;
        var end = new TaskCompletionSource();
        var handler = new ScriptedHandler(async (_, ct) =>
        {
            await end.Task.WaitAsync(ct);
            return ScriptedHandler.Done;
        })
        {
            Admitting = _ =>
            {
                Interlocked.Increment(ref held);
                return new Held(() => Interlocked.Decrement(ref held));
            },
        };
        handler.Open(JobPriority.Low, 1);
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var id = await worker.SubmitAsync();
        await handler.StartedAsync();
        Assert.Equal(1, held);

        end.SetResult();

        await worker.FinalAsync(id);
        await Eventually.That(() => Assert.Equal(0, held), Ct);
    }

    [Fact]
    public async Task A_job_without_room_goes_back_with_its_attempt_unspent()
    {
        var first = true;
        var handler = new ScriptedHandler((_, _) =>
        {
            var outcome = first ? new AttemptOutcome.Released(CancellationReason.NoRoom) : ScriptedHandler.Done;
            first = false;
            return Task.FromResult(outcome);
        });
        handler.Open(JobPriority.Low, 1);
        await using var worker = await WorkerHost.StartAsync(stores, handler);

        var done = await worker.FinalAsync(await worker.SubmitAsync(attempts: 1));

        Assert.Equal((JobStatus.Completed, 1), (done.Status, done.Attempt));
    }

    [Fact]
    public async Task A_job_that_goes_back_for_a_while_does_not_start_before()
    {
        var handler = new ScriptedHandler((_, _) => Task.FromResult<AttemptOutcome>(new AttemptOutcome.Released(CancellationReason.NoRoom, TimeSpan.FromHours(1))));
        handler.Open(JobPriority.Low, 1);
        await using var worker = await WorkerHost.StartAsync(stores, handler);
        var id = await worker.SubmitAsync(attempts: 1);

        await Eventually.That(async () => Assert.NotEqual(0L, await LaterAsync()), Ct);
        Assert.Equal((JobStatus.Pending, 0), await worker.ReadAsync(id) is var job ? (job.Status, job.Attempt) : default);

        async Task<long> LaterAsync()
        {
            await using var later = worker.Get<NpgsqlDataSource>().CreateCommand("select count(*) from job_open where state = 0 and run_at > now() + interval '50 minutes'");
            return (long)(await later.ExecuteScalarAsync(Ct))!;
        }
    }

    /// <summary>The first job that is admitted takes the only place.</summary>
    static ScriptedHandler OfOnePlace(JobPriority lowestInstead)
    {
        ScriptedHandler? handler = null;
        handler = Endless(_ => handler!.Open(new Opening("default", "p", null, 0, lowestInstead)));
        handler.Open(JobPriority.Low, 1);
        return handler;
    }

    static ScriptedHandler Endless(Action<ClaimedJob>? admitting = null) => new(async (_, ct) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        return ScriptedHandler.Done;
    })
    {
        Admitting = job =>
        {
            admitting?.Invoke(job);
            return null;
        },
    };

    sealed class Held(Action release) : IDisposable
    {
        public void Dispose() => release();
    }
}
