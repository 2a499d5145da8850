using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>What is done to jobs, one by one and by filter.</summary>
sealed partial class ModelRun
{
    /// <summary>Long after the test, and the same for all, so that a repeated submission is the same.</summary>
    static readonly DateTimeOffset Later = DateTimeOffset.Parse("2100-01-01T00:00:00Z", null);

    async Task SubmitAsync(Random chance, int size)
    {
        string?[] keys = [null, null, null, null, "a", "b"];
        var batch = Enumerable.Range(0, size % 3 + 1).Select(_ => Job(
            Priorities[chance.Next(3)], _task, Profiles[chance.Next(3)], owner: _task, attempts: chance.Next(1, 4)) with
        {
            IdempotencyKey = keys[chance.Next(keys.Length)],
            RunAt = chance.Next(6) == 0 ? Later : null,
        }).ToArray();
        var answer = (await host.Queue.SubmitAsync(batch, Ct)).Select(outcome => (outcome.Id, outcome.Result)).ToArray();
        if (_model.Submit(batch) is { } expected)
        {
            Assert.Equal(expected, answer);
        }
        else
        {
            Assert.Contains(SubmitResult.KeyConflict, answer.Select(outcome => outcome.Result));
        }
    }

    async Task ClaimAsync(int limit, string[] profiles, Dictionary<string, JobPriority> lowest)
    {
        var claims = await host.Queue.ClaimAsync(new ClaimRequest("w", [_task], profiles, limit, Lease, TimeSpan.Zero, Lowest: lowest), Ct);
        var expected = _model.Claim(profiles, limit, lowest);
        Assert.Equal(expected.Select(job => (job.Id, job.Attempt)), claims.Select(claim => (claim.Id, claim.Attempt)));
        foreach (var (job, claim) in expected.Zip(claims))
        {
            Assert.DoesNotContain(claim.LeaseToken, _model.Jobs.SelectMany(any => any.Tokens));
            job.Token = claim.LeaseToken;
            job.Tokens.Add(claim.LeaseToken);
            _claims[claim.LeaseToken] = claim;
        }
    }

    async Task ChangeJobAsync(StepKind kind, ModelJob job, int choice)
    {
        // Mostly the latest fence; now and then an old one, or one that was never given.
        var token = choice % 5 == 0 ? job.Tokens.FirstOrDefault(Guid.NewGuid()) : job.Tokens.LastOrDefault(Guid.NewGuid());
        var fence = new JobFence(job.Id, token);
        _story.Append($" -> job {_model.Jobs.IndexOf(job)} {job.Status}{(job.Token == token ? "" : ", stale fence")}");
        switch (kind)
        {
            case StepKind.Renew:
                Assert.Equal(_model.Renew(job, token), (await host.Queue.RenewAsync([new Renewal(fence, Lease, null)], Ct))[0].Result);
                break;
            case StepKind.Complete:
                Assert.Equal(_model.Complete(job, token), await host.Queue.CompleteAsync(fence, Json($"\"{token}\""), Ct));
                break;
            case StepKind.FailOnce or StepKind.FailAndRest or StepKind.FailForGood:
                var category = kind is StepKind.FailForGood ? ErrorCategories.InvalidInput : ErrorCategories.ProviderError;
                var rest = kind is StepKind.FailAndRest ? TimeSpan.FromHours(1) : TimeSpan.Zero;
                var answer = await host.Queue.FailAsync(fence, new JobError(category, "by chance"), new FailOptions(Pause: rest), Ct);
                Assert.Equal(_model.Fail(job, token, category, rest > TimeSpan.Zero), answer);
                break;
            case StepKind.Release:
                await host.Queue.ReleaseAsync([fence], Ct);
                _model.Release(job, token);
                break;
            case StepKind.Preempt when _claims.TryGetValue(token, out var claim):
                Assert.Equal(_model.Preempt(job, token), await host.Queue.PreemptAsync(claim, Ct));
                break;
            case StepKind.Cancel:
                Assert.Equal(_model.Cancel(job), await host.Queue.CancelAsync(JobScope.All, job.Id, Ct));
                break;
            case StepKind.Retry:
                Assert.Equal(_model.Retry(job), await host.Queue.RetryAsync(JobScope.All, job.Id, Ct));
                break;
            default:
                await PassTimeAsync(kind, job);
                break;
        }
    }

    /// <summary>Time is moved by hand: no step waits.</summary>
    async Task PassTimeAsync(StepKind kind, ModelJob job)
    {
        switch (kind)
        {
            case StepKind.LeaseEnds:
                await host.ExecuteAsync($"update job_open set lease_until = now() - interval '1 s' where id = '{job.Id}' and state = 1");
                job.LeaseEnded = job.Status is JobStatus.Running;
                break;
            case StepKind.DeadlinePasses when !job.Status.IsFinal():
                await host.ExecuteAsync($"update job set deadline = now() - interval '1 s' where id = '{job.Id}'");
                await host.ExecuteAsync($"update job_open set deadline = now() - interval '1 s' where id = '{job.Id}'");
                job.Overdue = true;
                break;
            case StepKind.RestEnds when job is { Status: JobStatus.Pending, Rests: true }:
                await host.ExecuteAsync($"update job_open set run_at = now() where id = '{job.Id}'");
                job.Rests = false;
                await host.Get<IndexRepair>().RepairAsync([job.Id], Ct);
                break;
        }
    }

    async Task ChangeManyAsync(StepKind kind, int choice)
    {
        var filter = new JobFilter { OwnerService = _task, ModelProfile = Profiles[choice % 3], Status = choice / 3 % 2 == 0 ? JobStatus.Running : null };
        var jobs = _model.Jobs.Where(job => job.Asked.ModelProfile == filter.ModelProfile && (filter.Status ?? job.Status) == job.Status).ToList();
        _story.Append($" -> {filter.ModelProfile} {filter.Status}");
        if (kind is StepKind.CancelMany)
        {
            Assert.Equal(jobs.Count(job => _model.Cancel(job) == ChangeResult.Changed), await host.Queue.CancelAsync(JobScope.All, filter, Ct));
            return;
        }
        var retried = jobs.Where(job => job.Status == (filter.Status ?? JobStatus.Failed)).ToList();
        Assert.Equal(retried.Count, await host.Queue.RetryAsync(JobScope.All, filter, Ct));
        // Failed ones go to the end of the line together, in any order.
        var line = await host.QueryAsync("select id from job_open order by seq", row => row.GetGuid(0));
        foreach (var job in retried.OrderBy(job => line.IndexOf(job.Id)))
        {
            Assert.Equal(ChangeResult.Changed, _model.Retry(job));
        }
    }
}
