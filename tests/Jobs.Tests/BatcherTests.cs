using System.Diagnostics.Metrics;
using AiPlatform.Jobs.Batching;
using AiPlatform.Testing;
using Npgsql;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>How writes share a commit, with writes that end when the test says; and on a real store, what one of them that cannot be written costs.</summary>
public sealed class BatcherTests(Stores stores, QuietHost quiet) : IClassFixture<QuietHost>
{
    readonly Writes _writes = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alone_a_write_goes_at_once_and_is_answered_after_its_commit()
    {
        var batcher = Batcher();
        var answer = batcher.AddAsync(7, Ct);
        Assert.Equal([[7]], _writes.Begun);
        Assert.False(answer.IsCompleted);
        _writes.Commit.SetResult();
        Assert.Equal("7", await answer);
    }

    [Fact]
    public async Task Those_who_come_during_a_write_share_the_next_one()
    {
        var batcher = Batcher();
        var answers = Enumerable.Range(0, 9).Select(i => batcher.AddAsync(i, Ct)).ToArray();
        Assert.Equal([[0]], _writes.Begun);
        _writes.Commit.SetResult();
        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"{i}"), await Task.WhenAll(answers));
        Assert.Equal([[0], [1, 2, 3, 4, 5, 6, 7, 8]], _writes.Begun);
    }

    [Fact]
    public async Task With_many_waiting_several_writes_run_beside_each_other_and_none_has_more_than_its_share_of_rows()
    {
        var batcher = Batcher();
        var answers = Enumerable.Range(0, 2_000).Select(i => batcher.AddAsync(i, Ct)).ToArray();
        Assert.Equal(2, _writes.Begun.Count);
        _writes.Commit.SetResult();
        await Task.WhenAll(answers);
        Assert.Equal(Enumerable.Range(0, 2_000), _writes.Begun.SelectMany(batch => batch).Order());
        Assert.Equal(500, _writes.Begun.Max(batch => batch.Count));
    }

    [Fact]
    public async Task What_the_store_refuses_fails_alone()
    {
        var batcher = Batcher();
        _writes.Refuse = batch => batch.Any(item => item is 4 or 6) ? new InvalidOperationException("refused") : null;
        var answers = Enumerable.Range(0, 9).Select(i => batcher.AddAsync(i, Ct)).ToArray();
        _writes.Commit.SetResult();
        foreach (var (i, answer) in answers.Index())
        {
            if (i is 4 or 6)
            {
                Assert.Equal("refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => answer)).Message);
            }
            else
            {
                Assert.Equal($"{i}", await answer);
            }
        }
    }

    [Fact]
    public async Task An_absent_store_fails_all_at_once_and_is_not_asked_again()
    {
        var batcher = Batcher();
        _writes.Refuse = batch => batch.Count > 1 ? new StoreUnavailableException("away") : null;
        var answers = Enumerable.Range(0, 9).Select(i => batcher.AddAsync(i, Ct)).ToArray();
        _writes.Commit.SetResult();
        Assert.Equal("0", await answers[0]);
        foreach (var answer in answers[1..])
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => answer);
        }
        Assert.Equal(2, _writes.Begun.Count);
    }

    [Fact]
    public async Task A_caller_who_leaves_before_the_turn_came_is_not_written()
    {
        var batcher = Batcher();
        using var leaves = new CancellationTokenSource();
        var first = batcher.AddAsync(0, Ct);
        var left = batcher.AddAsync(1, leaves.Token);
        var stays = batcher.AddAsync(2, Ct);
        await leaves.CancelAsync();
        _writes.Commit.SetResult();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal(("0", "2"), (await first, await stays));
        Assert.Equal([[0], [2]], _writes.Begun);
    }

    [Fact]
    public async Task The_next_write_does_not_wait_for_Redis_but_the_answer_does()
    {
        var batcher = Batcher();
        var shown = new TaskCompletionSource();
        _writes.Show = () => shown.Task;
        _writes.Commit.SetResult();
        var (first, second) = (batcher.AddAsync(0, Ct), batcher.AddAsync(1, Ct));
        await Eventually.That(() => Assert.Equal([[0], [1]], _writes.Begun), Ct);
        Assert.False(first.IsCompleted || second.IsCompleted);
        shown.SetResult();
        Assert.Equal(("0", "1"), (await first, await second));
    }

    [Fact]
    public async Task A_queue_of_writes_that_grows_too_long_refuses_more()
    {
        var batcher = Batcher();
        var answers = new List<Task<string>>();
        var refusal = Assert.Throws<StoreUnavailableException>(() =>
        {
            while (answers.Count < 100_000)
            {
                answers.Add(batcher.AddAsync(0, Ct).WaitAsync(Ct));
            }
        });
        Assert.Equal("20000 writes are waiting for Postgres already.", refusal.Message);
        _writes.Commit.SetResult();
        await Task.WhenAll(answers);
    }

    [Fact]
    public async Task A_refusal_is_not_the_answer_to_the_next_one()
    {
        // The second run of a statement on a connection is the one by which a driver prepares it, where it is left to it.
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.SubmitAsync();
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => host.SubmitAsync(Job() with { OwnerRef = "nul \0" }));
        Assert.Equal(PostgresErrorCodes.CharacterNotInRepertoire, refusal.SqlState);
        await host.SubmitAsync();
    }

    [Fact]
    public async Task A_job_that_Postgres_refuses_does_not_cost_those_beside_it()
    {
        var jobs = Enumerable.Range(0, 60).Select(i => Job(task: "poisoned") with { OwnerRef = i == 33 ? "nul \0" : $"{i}" }).ToArray();
        var submits = jobs.Select(job => quiet.Host.Queue.SubmitAsync([job], Ct)).ToArray();
        foreach (var (i, submit) in submits.Index())
        {
            if (i == 33)
            {
                Assert.Equal("22021", (await Assert.ThrowsAsync<PostgresException>(() => submit)).SqlState);
            }
            else
            {
                Assert.Equal(jobs[i].Id, Assert.Single(await submit).Id);
            }
        }
        Assert.Equal(59, (await quiet.Host.ClaimAsync(limit: 100, task: "poisoned")).Count);
    }

    [Fact]
    public async Task What_was_accepted_before_the_host_stops_is_committed_and_answered()
    {
        await using var host = await JobsHost.StartAsync(stores);
        var jobs = Enumerable.Range(0, 2_000).Select(_ => Job()).ToArray();
        var submits = jobs.Select(job => host.Queue.SubmitAsync([job], Ct)).ToArray();

        await host.StopAsync();

        var answers = await Task.WhenAll(submits);
        Assert.Equal(jobs.Select(job => job.Id), answers.Select(answer => Assert.Single(answer).Id));
        Assert.Equal([2_000L], await host.QueryAsync("select count(*) from job_open", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task Many_single_submits_share_commits()
    {
        using var meters = new MeterRecorder(JobsTelemetry.Name, quiet.Host.Get<IMeterFactory>());
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => quiet.Host.Queue.SubmitAsync([Job(task: "shared")], Ct)));
        var batches = meters.Of("aiplatform.store.batch.size").Where(batch => "submit".Equals(batch.Tags["write"])).ToList();
        Assert.True(batches.Count < 500, $"1,000 submits took {batches.Count} commits.");
    }

    Batcher<int, string> Batcher() => new("test", _writes.WriteAsync, _ => 1, quiet.Host.Get<JobsTelemetry>());

    sealed class Writes
    {
        readonly List<IReadOnlyList<int>> _begun = [];

        public TaskCompletionSource Commit { get; } = new();

        public Func<IReadOnlyList<int>, Exception?> Refuse { get; set; } = _ => null;

        public Func<Task> Show { get; set; } = () => Task.CompletedTask;

        public IReadOnlyList<IReadOnlyList<int>> Begun
        {
            get
            {
                lock (_begun)
                {
                    return [.. _begun];
                }
            }
        }

        public async Task<Committed<string>> WriteAsync(IReadOnlyList<int> items)
        {
            lock (_begun)
            {
                _begun.Add(items);
            }
            await Commit.Task;
            return Refuse(items) is { } refusal ? throw refusal : new([.. items.Select(item => $"{item}")], Show);
        }
    }
}
