using AiPlatform.Contracts;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

public sealed class SubmitTests(QuietHost quiet) : IClassFixture<QuietHost>
{
    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submitted_job_reads_back_as_it_was_given()
    {
        var task = NewTask();
        var given = Job(JobPriority.High, task, "qwen", "telephony", attempts: 7) with
        {
            TenantId = "acme",
            OwnerRef = "beeline/8123",
            Input = Json("""{"messages":[{"role":"user","content":"Привет 👋"}]}"""),
            RunAt = DateTimeOffset.Parse("2100-01-01T10:00:00+03:00", null),
            Deadline = DateTimeOffset.Parse("2100-01-02T00:00:00Z", null),
        };
        var id = await Host.SubmitAsync(given);
        var job = await Host.ReadAsync(id);

        Assert.Equal(
            new JobView
            {
                Id = given.Id,
                TenantId = "acme",
                OwnerService = "telephony",
                OwnerRef = "beeline/8123",
                TaskType = task,
                ModelProfile = "qwen",
                Priority = JobPriority.High,
                Status = JobStatus.Pending,
                Attempt = 0,
                MaxAttempts = 7,
                Input = job.Input,
                RunAt = DateTimeOffset.Parse("2100-01-01T07:00:00Z", null),
                Deadline = given.Deadline,
                CreatedAt = job.CreatedAt,
            },
            job);
        Assert.Equal(given.Input.GetRawText(), job.Input!.Value.GetRawText());
    }

    [Fact]
    public async Task A_waiting_job_says_its_place_in_the_line()
    {
        var task = NewTask();
        var first = await Host.SubmitAsync(Job(task: task));
        var second = await Host.SubmitAsync(Job(task: task));
        var urgent = await Host.SubmitAsync(Job(JobPriority.High, task));

        var places = await Task.WhenAll(new[] { first, second, urgent }.Select(async id => (await Host.ReadAsync(id)).Position));
        Assert.Equal([2L, 3L, 1L], places);
    }

    [Fact]
    public async Task The_same_key_from_the_same_owner_answers_the_first_job()
    {
        var job = Job(task: NewTask()) with { IdempotencyKey = "k1", Input = Json("""{"a":1}""") };
        var first = await Host.SubmitAsync(job);
        var again = Assert.Single(await Host.Queue.SubmitAsync([job with { Id = Guid.CreateVersion7(), Traceparent = "00-another-try" }], Ct));

        Assert.Equal(new SubmitOutcome(first, SubmitResult.Known), again);
        Assert.Single(await Host.ClaimAsync(limit: 10, task: job.TaskType));
    }

    [Fact]
    public async Task Another_owner_may_use_the_same_key()
    {
        var job = Job(task: NewTask(), owner: "first") with { IdempotencyKey = "shared" };
        var first = await Host.SubmitAsync(job);
        var second = await Host.SubmitAsync(job with { Id = Guid.CreateVersion7(), OwnerService = "second" });
        Assert.NotEqual(first, second);
    }

    [Theory]
    [InlineData("input")]
    [InlineData("priority")]
    [InlineData("run_at")]
    [InlineData("profile")]
    [InlineData("attempts")]
    [InlineData("reference")]
    public async Task The_same_key_for_another_job_is_a_conflict(string difference)
    {
        var first = Job(task: NewTask()) with { IdempotencyKey = $"key-{difference}", Input = Json("""{"a":1}""") };
        await Host.SubmitAsync(first);
        var other = difference switch
        {
            "input" => first with { Input = Json("""{"a":2}""") },
            "priority" => first with { Priority = JobPriority.Low },
            "run_at" => first with { RunAt = DateTimeOffset.Parse("2100-01-01T00:00:00Z", null) },
            "profile" => first with { ModelProfile = "another" },
            "attempts" => first with { MaxAttempts = 9 },
            _ => first with { OwnerRef = "another" },
        };
        var outcome = Assert.Single(await Host.Queue.SubmitAsync([other with { Id = Guid.CreateVersion7() }], Ct));
        Assert.Equal(new SubmitOutcome(first.Id, SubmitResult.KeyConflict), outcome);
    }

    [Fact]
    public async Task A_conflict_anywhere_in_a_batch_stores_nothing_of_it()
    {
        var task = NewTask();
        var first = Job(task: task) with { IdempotencyKey = "taken" };
        await Host.SubmitAsync(first);
        NewJob[] batch =
        [
            Job(task: task), Job(task: task, profile: "another") with { IdempotencyKey = "taken" }, Job(task: task) with { IdempotencyKey = "free" },
        ];
        var outcomes = await Host.Queue.SubmitAsync(batch, Ct);

        Assert.Equal(new SubmitOutcome(first.Id, SubmitResult.KeyConflict), outcomes[1]);
        foreach (var job in batch)
        {
            Assert.Null(await Host.Queue.GetAsync(JobScope.All, job.Id, Ct));
        }
        Assert.Equal(SubmitResult.Created, (await Host.Queue.SubmitAsync([batch[2]], Ct))[0].Result);
    }

    [Fact]
    public async Task A_key_twice_in_one_batch_is_one_job()
    {
        var job = Job(task: NewTask()) with { IdempotencyKey = "twice" };
        var outcomes = await Host.Queue.SubmitAsync([job, job with { Id = Guid.CreateVersion7() }], Ct);
        Assert.Equal([(job.Id, SubmitResult.Created), (job.Id, SubmitResult.Known)], outcomes.Select(outcome => (outcome.Id, outcome.Result)));
    }

    [Fact]
    public async Task Callers_that_race_with_one_key_make_one_job()
    {
        var job = Job(task: NewTask()) with { IdempotencyKey = "race" };
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
            (await Host.Queue.SubmitAsync([job with { Id = Guid.CreateVersion7() }], Ct))[0]));

        Assert.Single(outcomes, outcome => outcome.Result == SubmitResult.Created);
        Assert.Single(outcomes.DistinctBy(outcome => outcome.Id));
    }

    [Fact]
    public async Task Batches_that_share_keys_in_opposite_order_both_succeed()
    {
        var task = NewTask();
        var keys = Enumerable.Range(0, 50).Select(i => $"shared-{i}").ToArray();
        NewJob[] Batch(IEnumerable<string> order) => [.. order.Select(key => Job(task: task) with { IdempotencyKey = key })];
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Host.Queue.SubmitAsync(Batch(i % 2 == 0 ? keys : keys.Reverse()), Ct)));

        Assert.Equal(50, outcomes.SelectMany(batch => batch).Count(outcome => outcome.Result == SubmitResult.Created));
        Assert.Equal(50, (await Host.ClaimAsync(limit: 1000, task: task)).Count);
    }

    [Fact]
    public async Task Ten_thousand_jobs_in_one_batch_keep_their_order()
    {
        var task = NewTask();
        var jobs = Enumerable.Range(0, 10_000).Select(i => Job(task: task, profile: $"p{i % 7}", owner: $"o{i % 100}")).ToArray();
        Assert.All(await Host.Queue.SubmitAsync(jobs, Ct), outcome => Assert.Equal(SubmitResult.Created, outcome.Result));
        var claimed = await Host.ClaimAsync(limit: 1_000, task: task);
        Assert.Equal(jobs[..1_000].Select(job => job.Id), claimed.Select(job => job.Id));
    }
}
