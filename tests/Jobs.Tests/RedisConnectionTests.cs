using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiPlatform.Jobs.Tests;

/// <summary>A connection to Redis that is dead without a word costs seconds, not the quarter of an hour after which the kernel gives it up.</summary>
public sealed class RedisConnectionTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_whose_connection_died_without_a_word_reaches_Redis_again_and_hears_what_it_heard_before()
    {
        await using var network = JobsHost.ProxyToRedis(stores);
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, redis: network);
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
        await host.BuildEmptyAsync();
        var job = Guid.CreateVersion7();
        await using var listener = await host.Get<JobBell>().ListenAsync(job, onlyEnd: false);
        var stopped = new TaskCompletionSource<Guid>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Queue.JobStopped += id => stopped.TrySetResult(id);

        // Twice: what takes the place of the process' own connection can die as well.
        for (var round = 0; round < 2; round++)
        {
            // Again where another connection has taken its place before anybody looked.
            await Eventually.That(
                async () =>
                {
                    network.Abandon();
                    await host.SubmitAsync();
                    Assert.True(host.Queue.IsDegraded);
                    Assert.Equal(HealthStatus.Unhealthy, (await host.Get<HealthCheckService>().CheckHealthAsync(Ct)).Status);
                },
                Ct);
            await Eventually.That(() => Assert.False(host.Queue.IsDegraded), Ct);
            Assert.Equal(HealthStatus.Healthy, (await host.Get<HealthCheckService>().CheckHealthAsync(Ct)).Status);
            await RingsAsync(listener, () => other.Get<JobBell>().RingJobAsync(job));
        }
        await other.Get<JobBell>().RingStoppedAsync(job);
        Assert.Equal(job, await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct));
        using var work = host.Get<JobBell>().ListenForWork([], highest: 0);
        await other.SubmitAsync();
        await work.Heard.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }

    [Fact]
    public async Task What_a_server_has_lost_behind_a_short_break_is_put_back()
    {
        await using var network = JobsHost.ProxyToRedis(stores);
        await using var direct = await JobsHost.StartAsync(stores, maintenance: false);
        await using var host = await JobsHost.StartAsync(stores, beside: direct, redis: network);
        await host.BuiltAsync();
        // Each time at another point between two looks at whether Redis is there.
        for (var round = 0; round < 4; round++)
        {
            var id = await direct.SubmitAsync();
            // As long after its submission as the reconciler no longer reads it.
            await direct.ExecuteAsync($"update job_open set seq = -1 - seq where id = '{id}'");
            await direct.Redis.SortedSetRemoveAsync(direct.Get<QueueKeys>().Lane(1), $"{id}");
            await Task.Delay(300 * round, Ct);
            network.Cut();
            Assert.Equal(id, (await direct.ClaimOneAsync(waitSeconds: 60)).Id);
        }
    }

    /// <summary>Again where it was so slow that another connection was tried just then.</summary>
    [Fact]
    public Task A_connection_that_was_only_slow_is_kept() => Eventually.That(IsKeptAsync, Ct);

    async Task IsKeptAsync()
    {
        await using var network = JobsHost.ProxyToRedis(stores);
        using var logs = new LogRecorder();
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, redis: network, logs: logs);
        network.Silence();
        await host.SubmitAsync();
        Assert.True(host.Queue.IsDegraded);
        network.Resume();
        await Eventually.That(() => Assert.False(host.Queue.IsDegraded), Ct);
        Assert.Empty(logs.Of(2104));
    }

    static async Task RingsAsync(JobListener listener, Func<Task> ring)
    {
        var rung = listener.WaitAsync(Timeout.InfiniteTimeSpan, Ct);
        await ring();
        await rung.WaitAsync(TimeSpan.FromSeconds(30), Ct);
    }
}
