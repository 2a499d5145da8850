using System.Text;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Maintenance;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

enum StepKind
{
    Submit, Claim, Renew, Complete, FailOnce, FailAndRest, FailForGood, Release, Cancel, Retry,
    Pause, Resume, LeaseEnds, DeadlinePasses, RestEnds, Maintain, LoseIndex, BuildIndex,
}

/// <summary>One operation; its numbers choose among what there is when it runs, so that a sequence stays one when steps are left out.</summary>
readonly record struct Step(StepKind Kind, int A, int B)
{
    public static Step Next(Random chance) => new(Often[chance.Next(Often.Length)], chance.Next(1 << 20), chance.Next(1 << 20));

    static readonly StepKind[] Often =
    [
        .. Enum.GetValues<StepKind>(), StepKind.Submit, StepKind.Submit, StepKind.Claim, StepKind.Claim, StepKind.Claim, StepKind.Complete,
        StepKind.FailOnce, StepKind.Retry, StepKind.Resume, StepKind.Resume, StepKind.BuildIndex,
    ];
}

/// <summary>Runs one sequence against the queue and the model, and compares after every step. A run keeps apart from others on the same host by its
/// task type and owner; pauses are the queue's, so runs on one host come one after the other.</summary>
sealed class ModelRun(JobsHost host, int maxRescues, bool hasRedis)
{
    static readonly string[] Profiles = ["p0", "p1", "p2"];
    static readonly JobPriority[] Priorities = [JobPriority.High, JobPriority.Normal, JobPriority.Low];
    static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    readonly QueueModel _model = new(maxRescues);
    readonly string _task = NewTask();
    readonly StringBuilder _story = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Every step with its answers, for whoever has to understand a failure.</summary>
    public string Story => $"{_story}";

    public async Task RunAsync(IEnumerable<Step> steps)
    {
        await host.Queue.ResumeAsync(Ct);
        await BuildIndexAsync();
        foreach (var step in steps)
        {
            _story.Append($"  {step.Kind,-14} {step.A} {step.B}");
            await DoAsync(step);
            await MaintainAsync(job => job is { Status: JobStatus.Pending, Overdue: true });
            await CompareAsync();
            _story.AppendLine();
        }
        await EndAsync();
    }

    async Task DoAsync(Step step)
    {
        if (step.Kind is StepKind.Submit)
        {
            await SubmitAsync(new Random(step.A), step.B);
            return;
        }
        if (step.Kind is StepKind.Claim)
        {
            await ClaimAsync(step.A % 3 + 1, step.B % 4 < 3 ? [] : [Profiles[step.B / 4 % 3]]);
            return;
        }
        if (step.Kind >= StepKind.Pause && step.Kind is not (StepKind.LeaseEnds or StepKind.DeadlinePasses or StepKind.RestEnds))
        {
            await ChangeQueueAsync(step.Kind);
            return;
        }
        if (_model.Jobs.Count > 0)
        {
            await ChangeJobAsync(step.Kind, _model.Jobs[step.A % _model.Jobs.Count], step.B);
        }
    }

    async Task SubmitAsync(Random chance, int size)
    {
        string?[] keys = [null, null, null, null, "a", "b"];
        var batch = Enumerable.Range(0, size % 3 + 1).Select(_ => Job(
            Priorities[chance.Next(3)], _task, Profiles[chance.Next(3)], owner: _task, attempts: chance.Next(1, 4)) with
        {
            IdempotencyKey = keys[chance.Next(keys.Length)],
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

    async Task ClaimAsync(int limit, string[] profiles)
    {
        var claims = await host.Queue.ClaimAsync(new ClaimRequest("w", [_task], profiles, limit, Lease, TimeSpan.Zero), Ct);
        var expected = _model.Claim(profiles, limit);
        Assert.Equal(expected.Select(job => (job.Id, job.Attempt)), claims.Select(claim => (claim.Id, claim.Attempt)));
        foreach (var (job, claim) in expected.Zip(claims))
        {
            Assert.DoesNotContain(claim.LeaseToken, _model.Jobs.SelectMany(any => any.Tokens));
            job.Token = claim.LeaseToken;
            job.Tokens.Add(claim.LeaseToken);
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
            case StepKind.Cancel:
                Assert.Equal(_model.Cancel(job), await host.Queue.CancelAsync(job.Id, Ct));
                break;
            case StepKind.Retry:
                Assert.Equal(_model.Retry(job), await host.Queue.RetryAsync(job.Id, Ct));
                // One that is refused leaves a note in `taken`, which hides the job from a build until the note's check comes.
                await MaintainAsync(any => any == job && !job.LeaseEnded);
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

    async Task ChangeQueueAsync(StepKind kind)
    {
        switch (kind)
        {
            case StepKind.Pause:
                await host.Queue.PauseAsync(Ct);
                _model.Paused = true;
                break;
            case StepKind.Resume:
                await host.Queue.ResumeAsync(Ct);
                _model.Paused = false;
                break;
            case StepKind.Maintain:
                await MaintainAsync(_ => true);
                break;
            case StepKind.LoseIndex when hasRedis:
                var (keys, lanes) = (host.Get<QueueKeys>(), host.Get<LaneDirectory>().Serving([_task], []));
                await host.Redis.KeyDeleteAsync(
                    [keys.Epoch, keys.Building, keys.Lanes, keys.Taken, keys.Delayed, keys.Paused, .. lanes.Select(keys.Lane)]);
                break;
            case StepKind.BuildIndex:
                await BuildIndexAsync();
                break;
        }
    }

    async Task MaintainAsync(Func<ModelJob, bool> which)
    {
        var jobs = _model.Jobs.Where(which).ToArray();
        if (hasRedis)
        {
            // The time of their checks has come too.
            await Task.WhenAll(jobs.Select(job => host.Redis.ExecuteAsync("ZADD", host.Get<QueueKeys>().Taken, "XX", 0, $"{job.Id}")));
        }
        await host.Get<IndexRepair>().RepairAsync([.. jobs.Select(job => job.Id)], Ct);
        _model.Maintain(jobs);
    }

    async Task BuildIndexAsync()
    {
        if (hasRedis)
        {
            await ActivatorUtilities.CreateInstance<IndexBuilder>(host.Get<IServiceProvider>()).RunAsync(Ct);
            Assert.True(await host.Get<ReadyIndex>().IsBuiltAsync());
        }
    }

    async Task CompareAsync()
    {
        var page = await host.Queue.ListAsync(new JobFilter { OwnerService = _task }, null, 500, Ct);
        Assert.Equal(
            _model.Jobs.OrderBy(job => job.Id).Select(job => (job.Id, job.Status, job.Attempt, job.Error)),
            page.Jobs.OrderBy(job => job.Id).Select(job => (job.Id, job.Status, job.Attempt, job.Error?.Category)));
    }

    /// <summary>Counts, results and places are as they should be; then all is called off, and nothing is left in the index.</summary>
    async Task EndAsync()
    {
        int Count(JobStatus status) => _model.Jobs.Count(job => job.Status == status);
        var stats = (await host.Queue.StatsAsync(Ct)).ByOwnerService.SingleOrDefault(row => row.Name == _task);
        Assert.Equal(
            _model.Jobs.Count == 0 ? null : new StatsRow(_task, Count(JobStatus.Pending), Count(JobStatus.Running), Count(JobStatus.Completed),
                Count(JobStatus.Failed), Count(JobStatus.Cancelled)),
            stats);
        await BuildIndexAsync();
        foreach (var job in _model.Jobs)
        {
            var shown = await host.ReadAsync(job.Id);
            Assert.Equal(job.Status is JobStatus.Completed ? $"{job.Result}" : null, shown.Result?.GetString());
            if (hasRedis)
            {
                Assert.Equal(PlaceOf(job), shown.Position);
            }
        }

        var open = _model.Jobs.Count(job => !job.Status.IsFinal());
        // A job that is submitted and called off leaves nothing behind in any set.
        Assert.Equal(open, await host.Queue.CancelAsync(new JobFilter { OwnerService = _task }, Ct));
        if (hasRedis)
        {
            var (keys, lanes) = (host.Get<QueueKeys>(), host.Get<LaneDirectory>().Serving([_task], []));
            // Failed ones stay noted as taken until their check.
            await host.Get<IndexRepair>().RepairAsync([.. _model.Jobs.Where(job => job.Status is JobStatus.Failed).Select(job => job.Id)], Ct);
            RedisKey[] sets = [keys.Taken, keys.Delayed, .. lanes.Select(keys.Lane)];
            var left = (await Task.WhenAll(sets.Select(set => host.Redis.SortedSetRangeByRankAsync(set)))).SelectMany(ids => ids).Select(id => $"{id}");
            Assert.Equal([], left.Intersect(_model.Jobs.Select(job => $"{job.Id}")));
        }
    }

    /// <summary>1 for the next of its lane; null for one that cannot start.</summary>
    long? PlaceOf(ModelJob job) => job is { Status: JobStatus.Pending, Rests: false }
        ? 1 + _model.Jobs.Count(other => other is { Status: JobStatus.Pending, Rests: false } && other.Asked.ModelProfile == job.Asked.ModelProfile
            && (other.Asked.Priority, other.Place).CompareTo((job.Asked.Priority, job.Place)) < 0)
        : null;
}
