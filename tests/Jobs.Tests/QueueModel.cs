using AiPlatform.Contracts;

namespace AiPlatform.Jobs.Tests;

/// <summary>The queue as a plain list in memory: what every call should answer and leave behind. No leases of time, no index, no transactions:
/// whoever wants to know what a job may do reads this. <see cref="ModelTests"/> holds the real queue against it.</summary>
sealed class QueueModel(int maxRescues)
{
    readonly Dictionary<string, ModelJob> _byKey = [];
    readonly HashSet<(HaltKind Kind, string? TaskType, string? ModelProfile)> _halts = [];
    int _places;

    public List<ModelJob> Jobs { get; } = [];

    public void Halt(HaltKind kind, QueueScope part) => _halts.Add((kind, part.TaskType, part.ModelProfile));

    /// <summary>The halt of the part and every halt inside it.</summary>
    public void Lift(HaltKind kind, QueueScope part) => _halts.RemoveWhere(halt => halt.Kind == kind
        && (part.TaskType ?? halt.TaskType) == halt.TaskType && (part.ModelProfile ?? halt.ModelProfile) == halt.ModelProfile);

    bool IsHalted(NewJob job) =>
        _halts.Any(halt => (halt.TaskType ?? job.TaskType) == job.TaskType && (halt.ModelProfile ?? job.ModelProfile) == job.ModelProfile);

    /// <summary>All or none: a key that was used for another job refuses the whole batch.</summary>
    public IReadOnlyList<(Guid Id, SubmitResult Result)>? Submit(IReadOnlyList<NewJob> batch)
    {
        var (keys, added, answers) = (new Dictionary<string, ModelJob>(_byKey), new List<ModelJob>(), new List<(Guid, SubmitResult)>());
        foreach (var job in batch)
        {
            var mine = new ModelJob { Id = job.Id, Asked = job, Place = _places + added.Count, Rests = job.RunAt is not null };
            if (job.IdempotencyKey is { } key && !keys.TryAdd(key, mine))
            {
                var first = keys[key];
                if ((first.Asked.Priority, first.Asked.ModelProfile, first.Asked.MaxAttempts, first.Asked.RunAt)
                    != (job.Priority, job.ModelProfile, job.MaxAttempts, job.RunAt))
                {
                    return null;
                }
                answers.Add((first.Id, SubmitResult.Known));
                continue;
            }
            added.Add(mine);
            answers.Add((job.Id, SubmitResult.Created));
        }
        foreach (var (key, job) in keys)
        {
            _byKey[key] = job;
        }
        Jobs.AddRange(added);
        _places += added.Count;
        return answers;
    }

    /// <summary>Highest priority first, then the order of submission; never one that is halted, past its deadline or between two attempts.</summary>
    /// <param name="lowest">Of these profiles nothing less urgent.</param>
    public List<ModelJob> Claim(IReadOnlyList<string> profiles, int limit, IReadOnlyDictionary<string, JobPriority> lowest)
    {
        var next = Jobs
            .Where(job => job.Status is JobStatus.Pending && !job.Rests && !job.Overdue && !IsHalted(job.Asked))
            .Where(job => profiles.Count == 0 || profiles.Contains(job.Asked.ModelProfile))
            .Where(job => job.Asked.Priority <= lowest.GetValueOrDefault(job.Asked.ModelProfile, JobPriority.Low))
            .OrderBy(job => job.Asked.Priority).ThenBy(job => job.Place)
            .Take(limit).ToList();
        foreach (var job in next)
        {
            (job.Status, job.Attempt, job.LeaseEnded) = (JobStatus.Running, job.Attempt + 1, false);
        }
        return next;
    }

    public RenewResult Renew(ModelJob job, Guid token)
    {
        if (!job.IsHeldBy(token))
        {
            return job.Said(token) is JobStatus.Cancelled ? RenewResult.Cancelled : RenewResult.LeaseLost;
        }
        job.LeaseEnded = false;
        return RenewResult.Renewed;
    }

    /// <summary>The same call again, with the last fence of the job, answers the same.</summary>
    public RecordResult Complete(ModelJob job, Guid token)
    {
        if (!job.IsHeldBy(token))
        {
            return job.Said(token) is JobStatus.Completed ? RecordResult.Recorded : RecordResult.LeaseLost;
        }
        job.End(JobStatus.Completed, null);
        job.Result = token;
        return RecordResult.Recorded;
    }

    public RecordResult Fail(ModelJob job, Guid token, string category, bool rest)
    {
        if (!job.IsHeldBy(token))
        {
            return job.Said(token) switch
            {
                JobStatus.Failed => RecordResult.Recorded,
                JobStatus.Pending => RecordResult.Requeued,
                _ => RecordResult.LeaseLost,
            };
        }
        if (!ErrorCategories.IsRetried(category) || job.Attempt >= job.Asked.MaxAttempts || job.Overdue)
        {
            job.End(JobStatus.Failed, category);
            return RecordResult.Recorded;
        }
        (job.Status, job.Error, job.Rests) = (JobStatus.Pending, category, rest);
        return RecordResult.Requeued;
    }

    /// <summary>Back to its place in the line; the attempt is not spent.</summary>
    public void Release(ModelJob job, Guid token)
    {
        if (job.IsHeldBy(token))
        {
            (job.Status, job.Attempt) = (JobStatus.Pending, job.Attempt - 1);
        }
    }

    /// <summary>As a release, and told: the same call again answers the same.</summary>
    public RecordResult Preempt(ModelJob job, Guid token)
    {
        var answer = job.IsHeldBy(token) || job.Said(token) is JobStatus.Pending ? RecordResult.Requeued : RecordResult.LeaseLost;
        Release(job, token);
        return answer;
    }

    public ChangeResult Cancel(ModelJob job)
    {
        if (job.Status.IsFinal())
        {
            return job.Status is JobStatus.Cancelled ? ChangeResult.Unchanged : ChangeResult.NotAllowed;
        }
        job.End(JobStatus.Cancelled, null);
        return ChangeResult.Changed;
    }

    /// <summary>A running job keeps its place; a failed one begins anew at the end of the line.</summary>
    public ChangeResult Retry(ModelJob job)
    {
        switch (job.Status)
        {
            case JobStatus.Running:
                (job.Status, job.Attempt, job.Token) = (JobStatus.Pending, job.Attempt - 1, null);
                return ChangeResult.Changed;
            case JobStatus.Failed:
                (job.Status, job.Attempt, job.Rescues, job.Token, job.Error) = (JobStatus.Pending, 0, 0, null, null);
                (job.Overdue, job.Rests, job.Place) = (false, false, _places++);
                return ChangeResult.Changed;
            default:
                return ChangeResult.NotAllowed;
        }
    }

    /// <summary>What maintenance does when it has looked at the jobs. One that it takes back and that is overdue is met again by its next look.</summary>
    public void Maintain(IReadOnlyList<ModelJob> jobs)
    {
        foreach (var job in jobs.Where(job => job is { Status: JobStatus.Pending, Overdue: true }))
        {
            job.Token = null;
            job.End(JobStatus.Failed, ErrorCategories.DeadlineExceeded);
        }
        foreach (var job in jobs.Where(job => job is { Status: JobStatus.Running, LeaseEnded: true }))
        {
            job.Token = null;
            job.Rescues++;
            if (job.Rescues > maxRescues)
            {
                job.End(JobStatus.Failed, ErrorCategories.LeaseLost);
                continue;
            }
            (job.Status, job.Attempt, job.Error) = (JobStatus.Pending, job.Attempt - 1, ErrorCategories.LeaseLost);
        }
    }
}

/// <summary>A job of the model.</summary>
sealed class ModelJob
{
    public required Guid Id { get; init; }

    public required NewJob Asked { get; init; }

    public required int Place { get; set; }

    public JobStatus Status { get; set; }

    public int Attempt { get; set; }

    public int Rescues { get; set; }

    public string? Error { get; set; }

    public Guid? Result { get; set; }

    /// <summary>Of the last claim, until the job is taken from its worker.</summary>
    public Guid? Token { get; set; }

    /// <summary>Every token it was claimed with.</summary>
    public List<Guid> Tokens { get; } = [];

    /// <summary>Its lease was not renewed, and nobody has noticed yet.</summary>
    public bool LeaseEnded { get; set; }

    public bool Overdue { get; set; }

    /// <summary>Between two attempts, or before its time.</summary>
    public bool Rests { get; set; }

    public bool IsHeldBy(Guid token) => Status is JobStatus.Running && Token == token;

    /// <summary>The status that the job has with this as its last fence; null for a stale one.</summary>
    public JobStatus? Said(Guid token) => Token == token && Status is not JobStatus.Running ? Status : null;

    public void End(JobStatus status, string? error) => (Status, Error) = (status, error);
}
