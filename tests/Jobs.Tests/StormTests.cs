using System.Collections.Concurrent;
using AiPlatform.Contracts;
using AiPlatform.Testing;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Everything at once, by chance. The seed is printed; a failure names it.</summary>
public sealed class StormTests(Stores stores)
{
    static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_callers_and_workers_do_every_job_ends_once_and_as_its_winner_was_told()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        static void Hasty(JobsOptions options) => options.RetryDelay = TimeSpan.FromMilliseconds(1);
        await using var host = await JobsHost.StartAsync(stores, configure: Hasty);
        await using var other = await JobsHost.StartAsync(stores, beside: host, configure: Hasty);
        JobsHost[] hosts = [host, other];
        var ids = new ConcurrentQueue<Guid>();
        var told = new ConcurrentDictionary<(Guid, Guid), string>();
        var cancelled = new ConcurrentBag<Guid>();
        using var calm = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var workers = Enumerable.Range(0, 4).Select(async i =>
        {
            var (chance, queue) = (new Random(seed + i), hosts[i % 2].Queue);
            while (!calm.IsCancellationRequested)
            {
                foreach (var claim in await hosts[i % 2].ClaimAsync(limit: 5, worker: $"w{i}", waitSeconds: 0.2, leaseSeconds: 60))
                {
                    var fence = JobFence.Of(claim);
                    await WorkAsync(queue, fence, chance.Next(10), told);
                }
            }
        });
        var callers = Enumerable.Range(0, 3).Select(async i =>
        {
            var (chance, queue) = (new Random(seed - 1 - i), hosts[i % 2].Queue);
            for (var round = 0; round < 60; round++)
            {
                var jobs = Enumerable.Range(0, 5)
                    .Select(_ => Job((JobPriority)(chance.Next(3) * 2 + 1), profile: $"p{chance.Next(4)}", attempts: 50)).ToArray();
                await queue.SubmitAsync(jobs, Ct);
                Array.ForEach(jobs, job => ids.Enqueue(job.Id));
                var any = ids.ElementAt(chance.Next(ids.Count));
                if (chance.Next(3) == 0 && await queue.CancelAsync(JobScope.All, any, Ct) == ChangeResult.Changed)
                {
                    cancelled.Add(any);
                }
                if (chance.Next(3) == 0)
                {
                    await queue.RetryAsync(JobScope.All, any, Ct);
                }
            }
        });

        var working = workers.ToArray();
        await Task.WhenAll(callers);
        await Eventually.That(async () =>
        {
            var counts = (await host.Queue.StatsAsync(JobScope.All, Ct)).ByStatus;
            Assert.Equal((0, 0, 900), (counts["pending"], counts["running"], counts.Values.Sum()));
        }, Ct);
        await calm.CancelAsync();
        await Task.WhenAll(working);

        Assert.Equal(cancelled.Count, cancelled.Distinct().Count());
        foreach (var id in ids)
        {
            var job = await host.ReadAsync(id);
            var completed = told.Where(answer => answer.Key.Item1 == id && answer.Value == "completed").ToArray();
            Assert.True(
                job.Status switch
                {
                    JobStatus.Completed => completed is [var one] && job.Result!.Value.GetString() == one.Key.Item2.ToString(),
                    JobStatus.Cancelled => completed is [] && cancelled.Contains(id),
                    _ => completed is [] && job.Error == new JobError("invalid_input", "by chance"),
                },
                $"seed {seed}: job {id} is {job.Status}, its workers were told: {string.Join(", ", completed)}");
        }
        Assert.Equal(0, (await host.Queue.StatsAsync(JobScope.All, Ct)).ByStatus["pending"]);
    }

    [Fact]
    public async Task Callers_that_leave_in_mid_claim_keep_no_job()
    {
        await using var host = await JobsHost.StartAsync(stores, maintenance: false);
        await host.BuildEmptyAsync();
        var chance = new Random(1);
        await host.Queue.SubmitAsync([.. Enumerable.Range(0, 100).Select(_ => Job())], Ct);
        var (kept, request) = (0, new ClaimRequest("w", ["llm_chat"], [], 1, Lease, Lease));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(chance.Next(30)));
            try
            {
                Interlocked.Add(ref kept, (await host.Queue.ClaimAsync(request, leaving.Token)).Count);
            }
            catch (OperationCanceledException)
            {
            }
        }));
        Assert.Equal(100 - kept, (await host.ClaimAsync(limit: 100)).Count);
    }

    static async Task WorkAsync(JobQueue queue, JobFence fence, int chance, ConcurrentDictionary<(Guid, Guid), string> told)
    {
        switch (chance)
        {
            case 0:
                await queue.ReleaseAsync([fence], Ct);
                break;
            case 1:
                await queue.FailAsync(fence, new JobError("provider_error", "by chance"), default, Ct);
                break;
            case 2:
                await queue.FailAsync(fence, new JobError("invalid_input", "by chance"), default, Ct);
                break;
            default:
                await queue.RenewAsync([new Renewal(fence, Lease, null)], Ct);
                var answers = await Task.WhenAll(
                    queue.CompleteAsync(fence, Json($"\"{fence.LeaseToken}\""), Ct), queue.CompleteAsync(fence, Json($"\"{fence.LeaseToken}\""), Ct));
                Assert.Equal(answers[0], answers[1]);
                if (answers[0] == RecordResult.Recorded)
                {
                    told[(fence.Id, fence.LeaseToken)] = "completed";
                }
                break;
        }
    }
}
