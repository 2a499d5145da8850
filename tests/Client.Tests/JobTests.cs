using System.Text.Json;
using AiPlatform.Contracts;
using static AiPlatform.Client.Tests.TestApi;

namespace AiPlatform.Client.Tests;

/// <summary>Jobs: one, many, lists of them, and what becomes of them.</summary>
[Collection(ClientSystem.Name)]
public sealed class JobTests(ClientSystem system)
{
    readonly AiPlatformClient _client = system.Client;
    readonly WorkerClient _worker = system.Worker;

    [Fact]
    public async Task A_job_is_submitted_claimed_completed_and_waited_for()
    {
        var job = await _client.SubmitAsync(Job("life") with { OwnerRef = "ж/1", Priority = JobPriority.High, Input = JsonElement.Parse("""{"text":"Здравствуйте"}""") }, Ct);
        Assert.Equal((JobStatus.Pending, JobPriority.High, "ж/1", "life"), (job.Status, job.Priority, job.OwnerRef, job.TaskType));

        var waiting = _client.WaitAsync(job.Id, TimeSpan.FromMinutes(1), Ct);
        var claimed = Assert.Single(await _worker.ClaimAsync(Claim("life"), Ct));
        Assert.Equal("Здравствуйте", claimed.Input!.Value.GetProperty("text").GetString());
        Assert.Equal(JobStatus.Completed, (await _worker.CompleteAsync(claimed, JsonElement.Parse("""{"ok":true}"""), Ct)).Status);

        var ended = await waiting;
        Assert.Equal((JobStatus.Completed, """{"ok":true}"""), (ended.Status, ended.Result!.Value.GetRawText()));
        Assert.Equal(ended.FinishedAt, (await _client.GetAsync(job.Id, Ct)).FinishedAt);
    }

    [Fact]
    public async Task A_wait_ends_with_the_callers_time_and_tells_how_the_job_stands()
    {
        var job = await _client.SubmitAsync(Job("unserved"), Ct);
        Assert.Equal(JobStatus.Pending, (await _client.WaitAsync(job.Id, TimeSpan.FromMilliseconds(300), Ct)).Status);
        Assert.Equal(JobStatus.Pending, (await _client.WaitAsync(job.Id, TimeSpan.Zero, Ct)).Status);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.WaitAsync(job.Id, TimeSpan.FromSeconds(-3), Ct));
    }

    [Fact]
    public async Task A_wait_is_ended_by_its_callers_token()
    {
        var job = await _client.SubmitAsync(Job("unserved"), Ct);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var waiting = _client.WaitAsync(job.Id, Timeout.InfiniteTimeSpan, ended.Token);
        await ended.CancelAsync();
        Assert.Equal(ended.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting)).CancellationToken);
    }

    [Fact]
    public async Task The_same_key_is_the_same_job_and_with_another_body_refused()
    {
        var job = Job("keyed") with { IdempotencyKey = "ключ-1" };
        var first = await _client.SubmitAsync(job, Ct);
        Assert.Equal(first.Id, (await _client.SubmitAsync(job, Ct)).Id);
        await FailsAsync(() => _client.SubmitAsync(job with { OwnerRef = "other" }, Ct), ErrorCodes.IdempotencyConflict, 409);
    }

    [Fact]
    public async Task Submissions_without_a_key_are_jobs_of_their_own()
    {
        var first = await _client.SubmitAsync(Job("keyless"), Ct);
        Assert.NotEqual(first.Id, (await _client.SubmitAsync(Job("keyless"), Ct)).Id);
        using var plain = new AiPlatformClient(Options(system.Address, options => options.MakeIdempotencyKeys = false));
        Assert.NotEqual((await plain.SubmitAsync(Job("keyless"), Ct)).Id, (await plain.SubmitAsync(Job("keyless"), Ct)).Id);
        Assert.Equal(2, (await plain.SubmitManyAsync([Job("keyless"), Job("keyless")], null, Ct)).Created);
    }

    [Fact]
    public async Task Ten_thousand_jobs_are_one_call()
    {
        var jobs = Enumerable.Range(0, CreateJobs.MostJobs).Select(place => new CreateJob { OwnerRef = $"{place}" }).ToList();
        var created = await _client.SubmitManyAsync(jobs, Job("many"), Ct);
        Assert.Equal((10_000, 10_000), (created.Created, created.Ids.Distinct().Count()));
        Assert.Equal("9999", (await _client.GetAsync(created.Ids[^1], Ct)).OwnerRef);
        var lane = (await _client.StatsAsync(Ct)).ByTaskType.Single(row => row.Name == "many");
        Assert.Equal(10_000, lane.Pending);

        var refused = await FailsAsync(() => _client.SubmitManyAsync([.. jobs, Job("many")], Job("many"), Ct), ErrorCodes.Invalid, 422);
        Assert.Contains("jobs", refused.Errors.Keys);
    }

    [Fact]
    public async Task Two_thousand_five_hundred_jobs_are_listed_over_their_pages()
    {
        var ids = (await _client.SubmitManyAsync([.. Enumerable.Repeat(new CreateJob(), 2_500)], Job("listed"), Ct)).Ids;
        var filter = new JobFilter { TaskType = "listed", Status = JobStatus.Pending, CreatedAfter = TimeProvider.System.GetLocalNow().AddHours(-1) };
        List<Guid> listed = [];
        await foreach (var job in _client.ListAsync(filter, pageSize: 499, Ct))
        {
            listed.Add(job.Id);
            Assert.Null(job.Input);
        }
        Assert.Equal(ids.OrderDescending(), listed);

        var page = await _client.ListPageAsync(filter, null, 10, Ct);
        var next = await _client.ListPageAsync(filter, page.NextCursor, 10, Ct);
        Assert.Equal(listed.Take(20), page.Jobs.Concat(next.Jobs).Select(job => job.Id));
    }

    [Fact]
    public async Task A_list_of_words_that_a_query_has_to_escape_is_that_of_those_words()
    {
        var job = await _client.SubmitAsync(Job("a&b=c ?#ж") with { OwnerRef = "100%" }, Ct);
        var listed = await _client.ListAsync(new JobFilter { TaskType = "a&b=c ?#ж", OwnerRef = "100%" }, cancellationToken: Ct).ToListAsync(Ct);
        Assert.Equal(job.Id, Assert.Single(listed).Id);
        await FailsAsync(() => _client.ListPageAsync(null, "not a cursor", 10, Ct), ErrorCodes.Invalid, 422);
    }

    [Fact]
    public async Task Jobs_are_cancelled_and_retried_one_by_one_and_by_filter()
    {
        var job = await _client.SubmitAsync(Job("changed"), Ct);
        Assert.Equal(JobStatus.Cancelled, (await _client.CancelAsync(job.Id, Ct)).Status);
        Assert.Equal(JobStatus.Cancelled, (await _client.CancelAsync(job.Id, Ct)).Status);
        await FailsAsync(() => _client.RetryAsync(job.Id, Ct), ErrorCodes.InvalidState, 409);

        await _client.SubmitManyAsync([new(), new(), new()], Job("changed"), Ct);
        foreach (var claimed in await _worker.ClaimAsync(Claim("changed", limit: 2), Ct))
            Assert.Equal(JobStatus.Failed, (await _worker.FailAsync(claimed, "broken", "It broke.", retry: false, cancellationToken: Ct)).Status);
        var failed = new JobFilter { TaskType = "changed", ErrorCategory = "broken" };
        var one = (await _client.ListPageAsync(failed, null, 10, Ct)).Jobs[0];
        Assert.Equal(("broken", "It broke."), (one.Error!.Category, one.Error.Message));
        Assert.Equal(JobStatus.Pending, (await _client.RetryAsync(one.Id, Ct)).Status);
        Assert.Equal(1, await _client.RetryManyAsync(failed, Ct));
        Assert.Equal(3, await _client.CancelManyAsync(new JobFilter { TaskType = "changed" }, Ct));
        await FailsAsync(() => _client.CancelManyAsync(new JobFilter(), Ct), ErrorCodes.Invalid, 422);
    }
}
