using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Running limits while Redis is killed and comes back empty. Every test begins with Redis running.</summary>
public sealed class ShareAwayTests(OwnStores own) : IClassFixture<OwnStores>, IAsyncLifetime
{
    const int Rounds = 2;
    const int Workers = 6;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await own.Stores.Redis.StartAsync(Ct);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task From_the_rebuild_on_a_limit_counts_what_ran_before_and_what_started_meanwhile()
    {
        await using var host = await StartAsync();
        await using var other = await StartAsync(beside: host);
        await LimitAsync(host, most: 2);
        await FloodAsync(host, jobs: 12);
        await host.Queue.SubmitAsync([Job(owner: "free"), Job(owner: "free")], Ct);
        var running = await host.ClaimAsync(limit: 3);
        Assert.Equal(["limited", "limited", "free"], running.Select(claim => claim.OwnerService));
        await host.Redis.StringSetAsync("lost", "with the server");

        await own.Stores.Redis.KillAsync(Ct);
        await Eventually.That(() => Assert.True(host.Queue.IsDegraded), Ct);
        // While claims go by Postgres limits rest.
        var meanwhile = await host.ClaimAsync(limit: 2);
        Assert.All(meanwhile, claim => Assert.Equal("limited", claim.OwnerService));
        await host.CompleteAsync(running[0]);
        await BackAsync(host, other);
        Assert.False(await host.Redis.KeyExistsAsync("lost"));

        // Three of them run still.
        var both = await Task.WhenAll(host.ClaimAsync(limit: 9), other.ClaimAsync(limit: 9));
        Assert.Equal("free", Assert.Single(both.SelectMany(claims => claims)).OwnerService);
        await host.CompleteAsync(running[1]);
        Assert.Empty(await other.ClaimAsync(limit: 9));
        var waits = other.ClaimAsync(limit: 9, waitSeconds: 60);
        await host.CompleteAsync(meanwhile[0]);
        Assert.Equal("limited", Assert.Single(await waits).OwnerService);
        Assert.Empty(await host.ClaimAsync(limit: 9));
    }

    /// <summary>Workers that never stop, whenever Redis dies and whatever a rebuild meets.</summary>
    [Fact]
    public async Task Never_more_than_the_limit_runs_after_a_rebuild_in_the_midst_of_work()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SHARE_SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SHARE_SEED={seed}");
        var chance = new Random(seed);
        await using var host = await StartAsync();
        await using var other = await StartAsync(beside: host);
        var limit = chance.Next(2, 6);
        await LimitAsync(host, limit);
        var work = new Work([host, other]);
        for (var round = 0; round < Rounds; round++)
        {
            await FloodAsync(host, jobs: 600);
            using (var storm = CancellationTokenSource.CreateLinkedTokenSource(Ct))
            {
                var workers = work.RunAsync(chance.Next(), most: int.MaxValue, storm.Token);
                await own.Stores.Redis.KillAsync(Ct);
                await Eventually.That(() => Assert.True(host.Queue.IsDegraded && other.Queue.IsDegraded), Ct);
                await BackAsync(host, other);
                await storm.CancelAsync();
                await workers;
            }
            await work.ShrinkAsync(limit);
            // The others may have come to their end meanwhile.
            await FloodAsync(host, jobs: 200);
            Assert.Equal(limit, await work.RunAsync(chance.Next(), most: 25, Ct));
        }
    }

    Task<JobsHost> StartAsync(JobsHost? beside = null) =>
        JobsHost.StartAsync(own.Stores, beside: beside, configure: options => options.PollInterval = TimeSpan.FromMilliseconds(100));

    static async Task LimitAsync(JobsHost host, int most)
    {
        await host.BuiltAsync();
        await host.Queue.SetShareAsync(new OwnerShare("limited", Weight: 1, most), "tests", Ct);
    }

    static async Task FloodAsync(JobsHost host, int jobs) => await host.Queue.SubmitAsync([.. Enumerable.Range(0, jobs).Select(_ => Job(owner: "limited"))], Ct);

    /// <summary>Returns when Redis has come back and claims of all go by it.</summary>
    async Task BackAsync(params JobsHost[] hosts)
    {
        await own.Stores.Redis.StartAsync(Ct);
        foreach (var host in hosts)
        {
            await Eventually.That(() => Assert.False(host.Queue.IsDegraded), Ct);
            await host.BuiltAsync();
        }
    }

    /// <summary>Workers of several processes. A job counts from when its claim has been answered until it is about to be finished: never longer than it runs.</summary>
    sealed class Work(JobsHost[] hosts)
    {
        readonly List<ClaimedJob> _held = [];

        /// <returns>The most that ran at a time.</returns>
        public async Task<int> RunAsync(int seed, int most, CancellationToken ct)
        {
            var highest = 0;
            await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
            {
                var (host, chance) = (hosts[worker % hosts.Length], new Random(seed + worker));
                for (var turn = 0; turn < most && !ct.IsCancellationRequested; turn++)
                {
                    var claims = await host.ClaimAsync(chance.Next(1, 4), $"worker-{worker}");
                    ClaimedJob? ended = null;
                    lock (_held)
                    {
                        _held.AddRange(claims);
                        highest = Math.Max(highest, _held.Count);
                        if (_held.Count > 0 && (claims.Count == 0 || chance.Next(2) == 0))
                        {
                            ended = _held[chance.Next(_held.Count)];
                            _held.Remove(ended);
                        }
                    }
                    if (ended is not null)
                    {
                        await host.CompleteAsync(ended);
                    }
                }
            }));
            return highest;
        }

        public async Task ShrinkAsync(int most)
        {
            while (_held.Count > most)
            {
                await hosts[0].CompleteAsync(_held[^1]);
                _held.RemoveAt(_held.Count - 1);
            }
        }
    }
}
