using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Maintenance;
using AiPlatform.Testing;
using Microsoft.Extensions.DependencyInjection;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Pause and stop where Redis knows of them too late, wrongly or not at all.</summary>
public sealed class HaltedIndexTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly JobsHost _host = quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lane_that_is_newer_than_the_halt_on_it_keeps_no_claim_from_the_jobs_behind_it()
    {
        var (task, scope) = (NewTask(), new QueueScope { ModelProfile = NewTask() });
        await _host.Queue.StopAsync(scope, Ct);
        await _host.SubmitAsync(Job(JobPriority.High, task, scope.ModelProfile));
        var free = new[] { await _host.SubmitAsync(Job(task: task)), await _host.SubmitAsync(Job(task: task)) };
        Assert.Equal(free, (await _host.ClaimAsync(limit: 2, task: task)).Select(claim => claim.Id));
        await _host.Queue.StartAsync(scope, Ct);
    }

    [Fact]
    public async Task Without_Redis_a_claim_notices_the_end_of_a_halt_whenever_it_looked()
    {
        // Longer than the test: only what is halted makes a claim look earlier.
        await using var host = await JobsHost.StartAsync(
            stores, maintenance: false, hasRedis: false, configure: options => options.PollInterval = TimeSpan.FromMinutes(1));
        Assert.True(host.Queue.IsDegraded);
        for (var round = 0; round < 40; round++)
        {
            await host.Queue.StopAsync(QueueScope.Everything, Ct);
            var id = await host.SubmitAsync();
            var claiming = host.ClaimAsync(waitSeconds: 60);
            await host.Queue.StartAsync(QueueScope.Everything, Ct);
            Assert.Equal([id], (await claiming.WaitAsync(TimeSpan.FromSeconds(20), Ct)).Select(claim => claim.Id));
        }
    }

    [Fact]
    public async Task A_lane_that_is_new_falls_under_a_halt_that_is_older()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: host);
        await host.BuildEmptyAsync();
        await host.Queue.StopAsync(new QueueScope { ModelProfile = "x" }, Ct);
        var id = await host.SubmitAsync(Job(task: "new", profile: "x"));
        // One process knows the lane from its submission, the other learns it now.
        Assert.Empty(await host.ClaimAsync(task: "new"));
        Assert.Empty(await other.ClaimAsync(task: "new"));
        await other.Queue.StartAsync(new QueueScope(), Ct);
        Assert.Equal(id, Assert.Single(await other.ClaimAsync(task: "new")).Id);
    }

    [Fact]
    public async Task A_halt_that_Redis_does_not_know_is_obeyed_told_to_it_and_costs_no_job_its_place()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        var first = await host.SubmitAsync();
        var second = await host.SubmitAsync();
        await host.ExecuteAsync("insert into queue_halt (kind, task_type, model_profile) values (0, 'llm_chat', '*')");

        Assert.Empty(await host.ClaimAsync());
        Assert.Equal((1L, 2L), ((await host.ReadAsync(first)).Position, (await host.ReadAsync(second)).Position));
        Assert.NotEmpty(await PausedAsync(host));

        await host.Queue.ResumeAsync(Ct);
        Assert.Empty(await PausedAsync(host));
        Assert.Equal([first, second], (await host.ClaimAsync(limit: 2)).Select(claim => claim.Id));
    }

    [Fact]
    public async Task An_index_that_is_built_anew_knows_what_is_halted_from_its_first_moment()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.SubmitAsync();
        await host.Queue.PauseAsync(new QueueScope { ModelProfile = "default" }, Ct);
        await host.Redis.KeyDeleteAsync($"{{{host.Schema}}}:paused");
        var builder = ActivatorUtilities.CreateInstance<IndexBuilder>(host.Get<IServiceProvider>());
        await builder.RunAsync(Ct);
        Assert.True(await host.Get<ReadyIndex>().IsBuiltAsync());
        Assert.Single(await PausedAsync(host));
    }

    [Fact]
    public async Task A_process_that_dies_before_Redis_knows_of_its_resume_leaves_nothing_halted()
    {
        await using var host = await JobsHost.StartAsync(stores);
        await host.BuiltAsync();
        await host.Queue.PauseAsync(Ct);
        var id = await host.SubmitAsync();
        var waiting = host.ClaimAsync(waitSeconds: 60);
        await host.ExecuteAsync("delete from queue_halt");
        Assert.Equal([id], (await waiting.WaitAsync(TimeSpan.FromSeconds(20), Ct)).Select(claim => claim.Id));
    }

    static async Task<string[]> PausedAsync(JobsHost host) =>
        [.. (await host.Redis.SetMembersAsync($"{{{host.Schema}}}:paused")).Select(lane => (string)lane!)];
}
