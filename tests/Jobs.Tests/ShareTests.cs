using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Fair lanes and running limits through the whole queue, with its maintenance.</summary>
public sealed class ShareTests(ShareTests.Fixture fixture) : IClassFixture<ShareTests.Fixture>
{
    readonly string _task = NewTask();

    JobsHost Host => fixture.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    QueueScope Mine => new() { TaskType = _task };

    string Owner(int number) => $"{_task}-{number}";

    async Task FloodAsync(int owner, int jobs, JobPriority priority = JobPriority.Normal) =>
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, jobs).Select(_ => Job(priority, _task, owner: Owner(owner)))], Ct);

    async Task<int[]> ClaimOwnersAsync(int limit) =>
        [.. (await Host.ClaimAsync(limit, task: _task)).Select(claim => int.Parse(claim.OwnerService.Split('-')[^1], null))];

    /// <summary>Returns when the lane is in order as it should be.</summary>
    Task InOrderAsync(string mode) => Eventually.That(async () =>
        Assert.Equal(mode, (string?)await Host.Redis.HashGetAsync(Host.Get<QueueKeys>().Split, Assert.Single(Host.Get<LaneDirectory>().Serving([_task], [])))), Ct);

    [Fact]
    public async Task Others_do_not_wait_for_the_flood_of_one()
    {
        await Host.Queue.SetFairAsync(Mine, fair: true, "tests", Ct);
        await FloodAsync(0, jobs: 2_000);
        foreach (var owner in Enumerable.Range(1, 10))
        {
            await FloodAsync(owner, jobs: 10);
        }
        await InOrderAsync("fair");

        // Whatever was taken in the first moments after the lane came to be, all others are done after as many turns as there are of them.
        var claimed = await ClaimOwnersAsync(130);
        Assert.All(Enumerable.Range(1, 10), owner => Assert.Equal(10, claimed.Count(taken => taken == owner)));
    }

    [Fact]
    public async Task Turns_begin_and_end_while_jobs_wait_and_none_is_lost()
    {
        await FloodAsync(1, jobs: 60);
        await FloodAsync(2, jobs: 20);
        Assert.All(await ClaimOwnersAsync(10), owner => Assert.Equal(1, owner));

        await Host.Queue.SetFairAsync(Mine, fair: true, "tests", Ct);
        await InOrderAsync("fair");
        var turns = await ClaimOwnersAsync(20);
        Assert.Equal(10, turns.Count(owner => owner == 2));

        await Host.Queue.SetFairAsync(Mine, fair: false, "tests", Ct);
        Assert.Equal(40, (await ClaimOwnersAsync(40)).Count(owner => owner == 1));
        Assert.Equal(Enumerable.Repeat(2, 10), await ClaimOwnersAsync(40));
        Assert.DoesNotContain((await Host.Queue.SharesAsync(Ct)).Fair, scope => scope.TaskType == _task);
    }

    [Fact]
    public async Task Jobs_that_fail_again_and_again_take_no_turns_of_others()
    {
        await Host.Queue.SetFairAsync(Mine, fair: true, "tests", Ct);
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 4).Select(_ => Job(task: _task, owner: Owner(1), attempts: 30))], Ct);
        await FloodAsync(2, jobs: 20);
        await InOrderAsync("fair");
        var turns = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            var claim = await Host.ClaimOneAsync(_task);
            turns.Add(claim.OwnerService);
            if (claim.OwnerService == Owner(1))
            {
                var failed = new JobError(ErrorCategories.ProviderError, "broke");
                Assert.Equal(RecordResult.Requeued, await Host.Queue.FailAsync(JobFence.Of(claim), failed, new FailOptions { Retry = true, Pause = TimeSpan.Zero }, Ct));
            }
        }
        Assert.Equal(10, turns.Count(owner => owner == Owner(2)));
    }

    [Fact]
    public async Task A_limited_owner_gets_its_next_job_when_one_ends_and_claims_that_wait_are_woken()
    {
        await Host.Queue.SetShareAsync(new OwnerShare(Owner(1), Weight: 1, MostRunning: 2), "tests", Ct);
        await FloodAsync(1, jobs: 5);
        await FloodAsync(2, jobs: 1);
        await InOrderAsync("fifo");
        var first = await Host.ClaimAsync(10, task: _task);
        Assert.Equal([Owner(1), Owner(1), Owner(2)], first.Select(claim => claim.OwnerService));

        var waits = Host.ClaimAsync(10, task: _task, waitSeconds: 120);
        await Host.CompleteAsync(first[0]);
        Assert.Equal(Owner(1), Assert.Single(await waits).OwnerService);

        await Host.Queue.ReleaseAsync([JobFence.Of(first[1])], Ct);
        Assert.Equal(first[1].Id, (await Host.ClaimOneAsync(_task)).Id);
        Assert.True(await Host.Queue.DeleteShareAsync(Owner(1), "tests", Ct));
        Assert.Equal(2, (await Host.ClaimAsync(10, task: _task)).Count);
        Assert.False(await Host.Queue.DeleteShareAsync(Owner(1), "tests", Ct));
        Assert.Single(await Host.QueryAsync($"select actor from audit where action = 'share.delete' and target = '{Owner(1)}'", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_limit_counts_what_ran_before_it_was_set()
    {
        await FloodAsync(1, jobs: 6);
        await ClaimOwnersAsync(3);
        await Host.Queue.SetShareAsync(new OwnerShare(Owner(1), Weight: 1, MostRunning: 4), "tests", Ct);
        await InOrderAsync("fifo");
        Assert.Single(await ClaimOwnersAsync(9));
        await Host.Queue.DeleteShareAsync(Owner(1), "tests", Ct);
    }

    [Fact]
    public async Task The_place_of_a_worker_that_died_comes_back_with_its_lease()
    {
        await Host.Queue.SetShareAsync(new OwnerShare(Owner(1), Weight: 1, MostRunning: 1), "tests", Ct);
        await FloodAsync(1, jobs: 2);
        await InOrderAsync("fifo");
        var died = await Host.ClaimOneAsync(_task);
        Assert.Empty(await ClaimOwnersAsync(9));

        await Host.ExecuteAsync($"update job_open set lease_until = now() - interval '1 s' where id = '{died.Id}'");
        Assert.Equal(died.Id, (await Host.ClaimOneAsync(_task, waitSeconds: 120)).Id);
        Assert.Empty(await ClaimOwnersAsync(9));
        await Host.Queue.DeleteShareAsync(Owner(1), "tests", Ct);
    }

    [Fact]
    public async Task A_wiped_Redis_is_told_again_and_limits_and_turns_hold()
    {
        await Host.Queue.SetFairAsync(Mine, fair: true, "tests", Ct);
        await Host.Queue.SetShareAsync(new OwnerShare(Owner(1), Weight: 1, MostRunning: 3), "tests", Ct);
        await FloodAsync(1, jobs: 30);
        await FloodAsync(2, jobs: 30);
        await InOrderAsync("fair");
        var before = await ClaimOwnersAsync(4);
        Assert.Equal(2, before.Count(owner => owner == 1));

        var keys = (string[])(await Host.Redis.ExecuteAsync("KEYS", $"{{{Host.Schema}}}:*"))!;
        await Host.Redis.KeyDeleteAsync([.. keys.Select(key => (RedisKey)key)]);
        await Host.BuiltAsync();
        await InOrderAsync("fair");

        var after = await ClaimOwnersAsync(20);
        Assert.Equal((1, 19), (after.Count(owner => owner == 1), after.Count(owner => owner == 2)));
        await Host.Queue.DeleteShareAsync(Owner(1), "tests", Ct);
        await Host.Queue.SetFairAsync(Mine, fair: false, "tests", Ct);
        Assert.Equal(36, (await ClaimOwnersAsync(99)).Length);
    }

    [Fact]
    public async Task Shares_are_told_as_they_were_said()
    {
        await Host.Queue.SetFairAsync(new QueueScope { TaskType = _task, ModelProfile = "one" }, fair: true, "tests", Ct);
        await Host.Queue.SetShareAsync(new OwnerShare(Owner(1), Weight: 2.5, MostRunning: null), "tests", Ct);
        var shares = await Host.Queue.SharesAsync(Ct);
        Assert.Equal("one", Assert.Single(shares.Fair, scope => scope.TaskType == _task).ModelProfile);
        Assert.Contains(new OwnerShare(Owner(1), 2.5, null), shares.Owners);
        // The end of a scope is the end of what is inside it.
        await Host.Queue.SetFairAsync(Mine, fair: false, "tests", Ct);
        Assert.DoesNotContain((await Host.Queue.SharesAsync(Ct)).Fair, scope => scope.TaskType == _task);
        await Host.Queue.DeleteShareAsync(Owner(1), "tests", Ct);
    }

    public sealed class Fixture(Stores stores) : IAsyncLifetime
    {
        JobsHost? _host;

        internal JobsHost Host => _host ?? throw new InvalidOperationException("The fixture was not initialized.");

        public async ValueTask InitializeAsync()
        {
            _host = await JobsHost.StartAsync(stores);
            await _host.BuiltAsync();
        }

        public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
