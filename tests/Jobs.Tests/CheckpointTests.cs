using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class CheckpointTests(Stores stores)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_next_run_finds_what_the_last_one_saved()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var id = await host.SubmitAsync();
        var first = JobFence.Of(await host.ClaimOneAsync());
        Assert.Empty(await ReadAsync(host, id));
        Assert.True(await SaveAsync(host, first, "chunk-2", """{"text":"two"}"""));
        Assert.True(await SaveAsync(host, first, "chunk-1", """{"text":"wrong"}"""));
        Assert.True(await SaveAsync(host, first, "chunk-1", """{"text":"one"}"""));
        await host.Queue.ReleaseAsync([first], Ct);

        var second = JobFence.Of(await host.ClaimOneAsync());
        Assert.False(await SaveAsync(host, first, "chunk-1", """{"text":"stale"}"""));
        Assert.False(await SaveAsync(host, first, "chunk-3", """{"text":"stale"}"""));
        Assert.True(await SaveAsync(host, second, "chunk-3", """{"text":"three"}"""));
        Assert.Equal(
            ["""chunk-1 {"text":"one"}""", """chunk-2 {"text":"two"}""", """chunk-3 {"text":"three"}"""], await ReadAsync(host, id));
    }

    [Fact]
    public async Task A_job_that_gets_on_may_lose_its_lease_as_often_as_it_will()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false, configure: options => options.MaxRescues = 1);
        var id = await host.SubmitAsync();
        for (var run = 0; run < 4; run++)
        {
            Assert.True(await SaveAsync(host, JobFence.Of(await host.ClaimOneAsync()), $"chunk-{run}", "1"));
            await LoseAsync(host, id);
        }
        Assert.Equal(4, (await ReadAsync(host, id)).Length);
        // One loss since the last checkpoint is allowed, and it has happened.
        await host.ClaimOneAsync();
        await LoseAsync(host, id);
        Assert.Equal(JobStatus.Failed, (await host.ReadAsync(id)).Status);
    }

    [Fact]
    public async Task A_run_that_has_ended_saves_nothing_more()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var id = await host.SubmitAsync();
        var fence = JobFence.Of(await host.ClaimOneAsync());
        await host.Queue.CompleteAsync(fence, Json("1"), Ct);
        Assert.False(await SaveAsync(host, fence, "late", "1"));
        Assert.Empty(await ReadAsync(host, id));
    }

    [Fact]
    public async Task Checkpoints_stay_for_jobs_that_may_still_run_and_go_with_all_others()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var running = await SavedAsync(host);
        var waiting = await SavedAsync(host);
        var failed = await SavedAsync(host);
        var forgotten = await SavedAsync(host);
        var completed = await SavedAsync(host);
        var cancelled = await SavedAsync(host);
        await host.Queue.ReleaseAsync([waiting], Ct);
        await host.Queue.FailAsync(failed, new JobError("worker_error", "no"), new FailOptions(Retry: false), Ct);
        await host.Queue.FailAsync(forgotten, new JobError("worker_error", "no"), new FailOptions(Retry: false), Ct);
        await host.ExecuteAsync($"update job_result set finished_at = now() - interval '25 hours' where id = '{forgotten.Id}'");
        await host.Queue.CompleteAsync(completed, Json("1"), Ct);
        await host.Queue.CancelAsync(JobScope.All, cancelled.Id, Ct);

        var keeper = new CheckpointKeeper(host.Get<JobCheckpoints>(), NullLogger<CheckpointKeeper>.Instance);
        Assert.Equal(3, await keeper.RunAsync(Ct));
        Assert.Equal(0, await keeper.RunAsync(Ct));

        foreach (var kept in new[] { running, waiting, failed })
        {
            Assert.Single(await ReadAsync(host, kept.Id));
        }
        foreach (var gone in new[] { forgotten, completed, cancelled })
        {
            Assert.Empty(await ReadAsync(host, gone.Id));
        }
    }

    [Theory]
    [InlineData("", 10, "A checkpoint's key has 1 to 64 characters, not 0.")]
    [InlineData("a key of 65 characters ..........................................", 10, "A checkpoint's key has 1 to 64 characters, not 65.")]
    [InlineData("key", 1024 * 1024, "The checkpoint 'key' has 1048578 characters; at most 1048576 are kept.")]
    public async Task What_is_too_long_is_refused(string key, int characters, string message)
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => SaveAsync(host, default, key, $"\"{new string('a', characters)}\""));
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    static async Task LoseAsync(JobsHost host, Guid id)
    {
        await host.ExecuteAsync($"update job_open set lease_until = now() - interval '1 second' where id = '{id}'");
        await host.Get<IndexRepair>().RepairAsync([id], Ct);
    }

    static async Task<JobFence> SavedAsync(JobsHost host)
    {
        await host.SubmitAsync();
        var fence = JobFence.Of(await host.ClaimOneAsync());
        Assert.True(await SaveAsync(host, fence, "plan", "1"));
        return fence;
    }

    static Task<bool> SaveAsync(JobsHost host, JobFence fence, string key, string content) =>
        host.Get<JobCheckpoints>().SaveAsync(fence, new Checkpoint(key, Json(content)), Ct);

    static async Task<string[]> ReadAsync(JobsHost host, Guid id) =>
        [.. (await host.Get<JobCheckpoints>().ReadAsync(JobScope.All, id, Ct)).Select(saved => $"{saved.Key} {saved.Content.GetRawText()}")];
}
