using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class ReadTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_does_not_exist_is_null() => Assert.Null(await Host.Queue.GetAsync(JobScope.All, Guid.CreateVersion7(), Ct));

    [Fact]
    public async Task Every_filter_finds_the_jobs_it_names_and_no_others()
    {
        var owner = $"owner-{Guid.NewGuid():N}";
        var task = NewTask();
        var plain = Job(task: task, owner: owner) with { OwnerRef = "a" };
        var low = Job(JobPriority.Low, task, "small", owner) with { OwnerRef = "b" };
        var broken = Job(task: NewTask(), profile: "small", owner: owner);
        await Host.SubmitAsync(plain);
        await Host.SubmitAsync(low);
        var claim = await Host.StartJobAsync(broken);
        await Host.Queue.FailAsync(JobFence.Of(claim), new JobError("invalid_input", "No messages."), default, Ct);
        var middle = (await Host.ReadAsync(low.Id)).CreatedAt;

        async Task Finds(JobFilter filter, params NewJob[] expected)
        {
            var page = await Host.Queue.ListAsync(JobScope.All, filter with { OwnerService = owner }, null, 100, Ct);
            Assert.Equal(expected.Select(job => job.Id).OrderDescending(), page.Jobs.Select(job => job.Id));
        }
        await Finds(new JobFilter(), broken, low, plain);
        await Finds(new JobFilter { OwnerRef = "a" }, plain);
        await Finds(new JobFilter { TaskType = task }, low, plain);
        await Finds(new JobFilter { ModelProfile = "small" }, broken, low);
        await Finds(new JobFilter { Status = JobStatus.Failed }, broken);
        await Finds(new JobFilter { Status = JobStatus.Pending }, low, plain);
        await Finds(new JobFilter { Status = JobStatus.Completed });
        await Finds(new JobFilter { Priority = JobPriority.Low }, low);
        await Finds(new JobFilter { ErrorCategory = "invalid_input" }, broken);
        await Finds(new JobFilter { CreatedAfter = middle }, broken);
        await Finds(new JobFilter { CreatedBefore = middle.ToOffset(TimeSpan.FromHours(5)) }, plain);
        await Finds(new JobFilter { TaskType = task, Priority = JobPriority.Normal }, plain);
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition()
    {
        var owner = $"owner-{Guid.NewGuid():N}";
        var jobs = Enumerable.Range(0, 7).Select(_ => Job(task: "paged", owner: owner)).ToArray();
        await Host.Queue.SubmitAsync(jobs, Ct);

        var (seen, cursor) = (new List<Guid>(), (string?)null);
        var sizes = new List<int>();
        do
        {
            var page = await Host.Queue.ListAsync(JobScope.All, new JobFilter { OwnerService = owner }, cursor, 3, Ct);
            seen.AddRange(page.Jobs.Select(job => job.Id));
            sizes.Add(page.Jobs.Count);
            cursor = page.NextCursor;
        }
        while (cursor is not null);

        Assert.Equal([3, 3, 1], sizes);
        Assert.Equal(jobs.Select(job => job.Id).OrderDescending(), seen);
    }

    [Fact]
    public async Task A_page_leaves_out_the_large_columns()
    {
        var job = Job(task: NewTask(), owner: $"owner-{Guid.NewGuid():N}") with { Input = Json("""{"long":"text"}""") };
        var claim = await Host.StartJobAsync(job);
        await Host.CompleteAsync(claim, """{"also":"long"}""");
        var listed = Assert.Single((await Host.Queue.ListAsync(JobScope.All, new JobFilter { OwnerService = job.OwnerService }, null, 10, Ct)).Jobs);
        Assert.Equal((JobStatus.Completed, null, null), (listed.Status, listed.Input, listed.Result));
    }

    [Theory]
    [InlineData("")]
    [InlineData("page2")]
    [InlineData("0199e0c2-0000-7000-8000-000000000000")]
    public async Task A_cursor_that_is_not_ours_is_refused(string cursor) =>
        await Assert.ThrowsAsync<FormatException>(() => Host.Queue.ListAsync(JobScope.All, new JobFilter(), cursor, 10, Ct));

    [Fact]
    public async Task Stats_count_by_every_dimension()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.CompleteAsync(await host.StartJobAsync(Job(owner: "a")));
        var broken = await host.StartJobAsync(Job(owner: "b"));
        await host.Queue.FailAsync(JobFence.Of(broken), new JobError("provider_rejected", "400"), default, Ct);
        await host.Queue.CancelAsync(JobScope.All, await host.SubmitAsync(Job(owner: "b")), Ct);
        await host.StartJobAsync(Job(owner: "b", profile: "small"));
        await host.SubmitAsync(Job(owner: "b", task: "transcription"));
        await host.SubmitAsync(Job(owner: "b", task: "transcription") with { RunAt = DateTimeOffset.Parse("2100-01-01T00:00:00Z", null) });

        var stats = await host.Queue.StatsAsync(JobScope.All, Ct);
        Assert.Equal(
            new Dictionary<string, long> { ["pending"] = 2, ["running"] = 1, ["completed"] = 1, ["failed"] = 1, ["cancelled"] = 1 }, stats.ByStatus);
        Assert.Equal([new StatsRow("llm_chat", 0, 1, 1, 1, 1), new StatsRow("transcription", 2, 0, 0, 0, 0)], stats.ByTaskType);
        Assert.Equal([new StatsRow("default", 2, 0, 1, 1, 1), new StatsRow("small", 0, 1, 0, 0, 0)], stats.ByModelProfile);
        Assert.Equal([new StatsRow("a", 0, 0, 1, 0, 0), new StatsRow("b", 2, 1, 0, 1, 1)], stats.ByOwnerService);
        Assert.Equal(new Dictionary<string, long> { ["provider_rejected"] = 1 }, stats.Errors);
        Assert.InRange(stats.OldestWaitingSeconds!.Value, 0, 30);
        Assert.Equal((false, false), (stats.Paused, stats.Degraded));
    }

    [Fact]
    public async Task Stats_of_an_empty_queue_are_zero()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        var stats = await host.Queue.StatsAsync(JobScope.All, Ct);
        Assert.All(stats.ByStatus, status => Assert.Equal(0, status.Value));
        Assert.Equal(5, stats.ByStatus.Count);
        Assert.Null(stats.OldestWaitingSeconds);
    }
}
