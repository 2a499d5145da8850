using AiPlatform.Contracts;
using AiPlatform.Jobs.Batching;
using AiPlatform.Jobs.Store;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What several processes do to the store at the same moment.</summary>
public sealed class StoreRaceTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    JobsHost Host => quiet.Host;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lanes_that_are_added_at_once_by_many_are_known_to_all()
    {
        await using var other = await JobsHost.StartAsync(stores, maintenance: false, beside: Host);
        var names = Enumerable.Range(0, 40).Select(i => new LaneKey(NewTask(), $"p{i}")).ToArray();
        LaneDirectory[] directories = [Host.Get<LaneDirectory>(), other.Get<LaneDirectory>()];
        await Task.WhenAll(Enumerable.Range(0, 40).SelectMany(i => directories.Select(async directory =>
        {
            LaneKey[] wanted = [names[i], names[(i + 1) % 40]];
            var ids = await directory.EnsureAsync(wanted, Ct);
            Assert.All(wanted, name => Assert.True(ids.ContainsKey(name)));
        })));
        Assert.All(names, name => Assert.Equal(directories[0].Find(name), directories[1].Find(name)));
        Assert.Equal(40, names.Select(name => directories[0].Find(name)).Distinct().Count());
    }

    [Fact]
    public async Task Whoever_knows_a_lane_knows_all_lanes_before_it()
    {
        var reader = new LaneDirectory(Host.Get<Database>());
        var adding = Task.WhenAll(Enumerable.Range(0, 60).Select(
            _ => new LaneDirectory(Host.Get<Database>()).EnsureAsync([new LaneKey(NewTask(), "x")], Ct)));
        var seen = new Dictionary<int, int>();
        while (!adding.IsCompleted)
        {
            await reader.RefreshAsync(Ct);
            seen[reader.Highest] = Enumerable.Range(1, reader.Highest).Count(id => reader.Find(id) is not null);
        }
        await adding;
        await reader.RefreshAsync(Ct);
        Assert.All(seen, look => Assert.Equal(Enumerable.Range(1, look.Key).Count(id => reader.Find(id) is not null), look.Value));
    }

    [Fact]
    public async Task Owners_that_are_added_at_once_by_many_have_one_id_each()
    {
        var names = Enumerable.Range(0, 50).Select(i => $"owner-{i}-{Guid.NewGuid():N}").ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => new OwnerDirectory(Host.Get<Database>()).EnsureAsync(names, Ct)));
        Assert.All(answers, ids => Assert.Equal(answers[0].OrderBy(id => id.Key), ids.OrderBy(id => id.Key)));
        Assert.Equal(50, answers[0].Values.Distinct().Count());
    }

    [Fact]
    public async Task Claims_without_Redis_take_each_job_once_and_none_is_passed_over()
    {
        var task = NewTask();
        JobPriority[] priorities = [JobPriority.High, JobPriority.Normal, JobPriority.Low];
        var jobs = Enumerable.Range(0, 600).Select(i => Job(priorities[i / 7 % 3], task, $"p{i % 5}")).ToArray();
        await Host.Queue.SubmitAsync(jobs, Ct);
        LaneBound[] lanes = [.. Host.Get<LaneDirectory>().Serving([task], []).Select(lane => new LaneBound(lane, short.MaxValue))];

        // Rounds of claims side by side: whatever the order inside a round, together they have the next jobs of the line and no others.
        var inOrder = jobs.Index().OrderBy(job => job.Item.Priority).ThenBy(job => job.Index).Select(job => job.Item.Id).ToArray();
        var claimed = 0;
        while (claimed < jobs.Length)
        {
            var round = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Host.Get<JobStore>().ClaimInOrderAsync(lanes, $"w{i}", Lease, 5, TimeSpan.Zero, Ct)));
            var ids = round.SelectMany(rows => rows).Select(row => row.Job.Id).ToArray();
            Assert.NotEmpty(ids);
            Assert.Equal(inOrder[claimed..(claimed + ids.Length)].Order(), ids.Order());
            claimed += ids.Length;
        }
    }

    [Fact]
    public async Task A_claim_without_Redis_locks_only_what_it_takes()
    {
        var task = NewTask();
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 20).Select(i => Job(task: task, profile: $"p{i % 4}"))], Ct);
        var lanes = Host.Get<LaneDirectory>().Serving([task], []);
        await using var connection = await Host.Get<Npgsql.NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var open = await connection.BeginTransactionAsync(Ct);
        Statement Claim() => new Statement("claim_in_order").With(lanes).With("first").With(Lease, NpgsqlTypes.NpgsqlDbType.Interval).With(3)
            .With(lanes.Select(_ => short.MaxValue).ToArray(), NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Smallint).With(TimeSpan.Zero, NpgsqlTypes.NpgsqlDbType.Interval);
        var first = await Database.QueryAsync(connection, Claim(), row => row.GetGuid(0), Ct);

        var second = await Host.Get<JobStore>().ClaimInOrderAsync([.. lanes.Select(lane => new LaneBound(lane, short.MaxValue))], "second", Lease, 17, TimeSpan.Zero, Ct);
        Assert.Equal((3, 17), (first.Count, second.Count));
    }

    [Fact]
    public async Task Renewals_and_cancels_of_the_same_jobs_in_any_order_all_end()
    {
        var task = NewTask();
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 300).Select(_ => Job(task: task))], Ct);
        var claims = await Host.ClaimAsync(limit: 300, task: task);
        var renewals = claims.Select(claim => new Renewal(JobFence.Of(claim), Lease, null)).ToArray();
        var renewing = Enumerable.Range(0, 30).Select(i => Host.Queue.RenewAsync(i % 2 == 0 ? renewals : [.. renewals.Reverse()], Ct));
        var cancelling = claims.Select(claim => claim.Id).Chunk(50).Select(ids => Host.Get<JobStore>().CancelAsync([.. ids.Reverse()], Ct));
        await Task.WhenAll(renewing.Concat<Task>(cancelling));
        Assert.Equal(300, (await Host.Queue.RenewAsync(renewals, Ct)).Count(outcome => outcome.Result == RenewResult.Cancelled));
    }

    [Fact]
    public async Task Completions_wait_for_rows_in_the_order_of_their_ids()
    {
        var task = NewTask();
        await Host.Queue.SubmitAsync([.. Enumerable.Range(0, 3).Select(_ => Job(task: task))], Ct);
        Completion[] completions = [.. (await Host.ClaimAsync(limit: 3, task: task)).OrderByDescending(claim => claim.Id)
            .Select(claim => new Completion(JobFence.Of(claim), Json("1")))];
        await using var connection = await Host.Get<Npgsql.NpgsqlDataSource>().OpenConnectionAsync(Ct);
        await using var holder = await connection.BeginTransactionAsync(Ct);
        async Task LockAsync(Completion completion)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"select from job_open where id = '{completion.Fence.Id}' for update nowait";
            await command.ExecuteNonQueryAsync(Ct);
        }
        await LockAsync(completions[^1]);

        var completing = Host.Get<JobStore>().CompleteAsync(completions, Ct);
        await Host.WaitsForALockAsync("Records results");
        await LockAsync(completions[0]);
        await holder.RollbackAsync(Ct);
        Assert.Equal(3, (await completing).Count);
    }

    [Fact]
    public async Task A_renewal_and_a_report_of_one_lease_in_one_batch_count_both()
    {
        var claim = await Host.StartJobAsync(Job(task: NewTask()));
        var fence = JobFence.Of(claim);
        var until = (await Host.Queue.RenewAsync(
            [new Renewal(fence, TimeSpan.FromMinutes(15), null), new Renewal(fence, Lease, Json("""{"done":1}""")), new Renewal(fence, Lease, null)], Ct))
            .Select(outcome => outcome.LeaseUntil).ToArray();
        Assert.True(until.Distinct().Single() > claim.LeaseExpiresAt!.Value.AddMinutes(10));
        Assert.Equal("""{"done":1}""", (await Host.ReadAsync(claim.Id)).Progress!.Value.GetRawText());
    }

    [Fact]
    public async Task Of_all_who_end_a_job_at_once_one_wins_and_the_others_are_told()
    {
        for (var round = 0; round < 20; round++)
        {
            var claim = await Host.StartJobAsync(Job(task: NewTask()));
            var fence = JobFence.Of(claim);
            var complete = Host.Queue.CompleteAsync(fence, Json("1"), Ct);
            var fail = Host.Queue.FailAsync(fence, new JobError("invalid_input", "no"), default, Ct);
            var cancel = Host.Queue.CancelAsync(JobScope.All, claim.Id, Ct);
            await Task.WhenAll(complete, fail, cancel);

            var status = (await Host.ReadAsync(claim.Id)).Status;
            Assert.Equal(
                (status == JobStatus.Completed, status == JobStatus.Failed, status == JobStatus.Cancelled),
                (await complete == RecordResult.Recorded, await fail == RecordResult.Recorded, await cancel == ChangeResult.Changed));
        }
    }
}
