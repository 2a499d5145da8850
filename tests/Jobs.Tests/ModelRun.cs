using System.Text;
using AiPlatform.Contracts;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using StackExchange.Redis;
using static AiPlatform.Jobs.Tests.JobWords;

namespace AiPlatform.Jobs.Tests;

/// <summary>Runs one sequence against the queue and the model, and compares after every step. A run keeps apart from others on the same host by its
/// task type and owner; halts are the queue's, so runs on one host come one after the other.</summary>
sealed partial class ModelRun(JobsHost host, int maxRescues, bool hasRedis)
{
    static readonly string[] Profiles = ["p0", "p1", "p2"];
    static readonly JobPriority[] Priorities = [JobPriority.High, JobPriority.Normal, JobPriority.Low];
    static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    readonly QueueModel _model = new(maxRescues);
    readonly string _task = NewTask();
    readonly Dictionary<Guid, ClaimedJob> _claims = [];
    readonly StringBuilder _story = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>Every step with its answers, for whoever has to understand a failure.</summary>
    public string Story => $"{_story}";

    public async Task RunAsync(IEnumerable<Step> steps)
    {
        await host.Queue.ResumeAsync(Ct);
        await host.Queue.StartAsync(QueueScope.Everything, Ct);
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

    Task DoAsync(Step step) => step.Kind switch
    {
        StepKind.Submit => SubmitAsync(new Random(step.A), step.B),
        StepKind.Claim => ClaimAsync(step.A % 3 + 1, step.B % 4 < 3 ? [] : [Profiles[step.B / 4 % 3]], Lowest(step.A / 3)),
        StepKind.CancelMany or StepKind.RetryMany => ChangeManyAsync(step.Kind, step.A),
        >= StepKind.Pause => ChangeQueueAsync(step),
        _ when _model.Jobs.Count > 0 => ChangeJobAsync(step.Kind, _model.Jobs[step.A % _model.Jobs.Count], step.B),
        _ => Task.CompletedTask,
    };

    /// <summary>Half of the claims have no bounds; the others bound each profile for itself.</summary>
    static Dictionary<string, JobPriority> Lowest(int choice) => choice % 2 == 0
        ? []
        : Profiles.Index().ToDictionary(profile => profile.Item, profile => Priorities[(choice >> (2 * profile.Index + 1)) % Priorities.Length]);

    async Task CompareAsync()
    {
        var page = await host.Queue.ListAsync(JobScope.All, new JobFilter { OwnerService = _task }, null, 500, Ct);
        Assert.Equal(
            _model.Jobs.OrderBy(job => job.Id).Select(job => (job.Id, job.Status, job.Attempt, job.Error)),
            page.Jobs.OrderBy(job => job.Id).Select(job => (job.Id, job.Status, job.Attempt, job.Error?.Category)));
    }

    /// <summary>Counts, results and places are as they should be; then all is called off, and nothing is left in the index.</summary>
    async Task EndAsync()
    {
        int Count(JobStatus status) => _model.Jobs.Count(job => job.Status == status);
        var stats = (await host.Queue.StatsAsync(JobScope.All, Ct)).ByOwnerService.SingleOrDefault(row => row.Name == _task);
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
        Assert.Equal(open, await host.Queue.CancelAsync(JobScope.All, new JobFilter { OwnerService = _task }, Ct));
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
