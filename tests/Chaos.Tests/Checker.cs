using AiPlatform.Contracts;

namespace AiPlatform.Chaos.Tests;

/// <summary>What the store says of a job at the end.</summary>
/// <param name="Result">The token that an external worker recorded, or the chat's text.</param>
/// <param name="Results">Rows of results it has.</param>
/// <param name="Token">The fence of the attempt that ended it.</param>
sealed record Row(
    Guid Id, string Ref, string? Key, bool Open, int Results, JobStatus? Status, string? Result, string? Worker, DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt, string? Error, DateTimeOffset? RunAt, DateTimeOffset? Deadline, Guid? Token)
{
    public const string Query = """
        select j.id, j.owner_ref, j.idempotency_key, exists (select from job_open o where o.id = j.id),
               (select count(*) from job_result r where r.id = j.id)::int, r.state::int, coalesce(r.result ->> 'content', r.result #>> '{}'),
               r.worker_id, r.started_at, r.finished_at, r.error_category, j.run_at, j.deadline, r.lease_token
        from job j left join job_result r on r.id = j.id
        """;

    public static Row Read(Npgsql.NpgsqlDataReader row)
    {
        T? Value<T>(int column) where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        return new Row(
            row.GetGuid(0), row.GetString(1), Text(2), row.GetBoolean(3), row.GetInt32(4), (JobStatus?)Value<int>(5), Text(6), Text(7),
            Value<DateTimeOffset>(8), Value<DateTimeOffset>(9), Text(10), Value<DateTimeOffset>(11), Value<DateTimeOffset>(12), Value<Guid>(13));
    }
}

/// <summary>Holds the whole history against what the store says at the end. Every method names one promise and answers where it was broken.</summary>
sealed class Checker(History history, IReadOnlyList<Row> rows)
{
    /// <summary>From the healing of a fault to the end of a job that was started after it.</summary>
    public static readonly TimeSpan MostRecovery = TimeSpan.FromSeconds(45);

    static readonly TimeSpan PauseGrace = TimeSpan.FromSeconds(1);

    readonly Dictionary<Guid, Row> _rows = rows.GroupBy(row => row.Id).ToDictionary(group => group.Key, group => group.First());

    readonly ILookup<Guid, Change> _retries =
        history.Changes.Where(change => change is { Cancels: false, Status: not (404 or 409) }).ToLookup(change => change.Id);

    /// <summary>Accepted jobs without a final state.</summary>
    public IReadOnlyList<Guid> Lost => [.. history.Accepted.Where(id => !_rows.TryGetValue(id, out var row) || row.Status is null || row.Open)];

    /// <summary>Jobs with more than one recorded outcome.</summary>
    public IReadOnlyList<Guid> Doubled =>
    [
        .. rows.Where(row => row.Results + (row.Open ? 1 : 0) > 1).Select(row => row.Id),
        .. Completed.GroupBy(report => report.Id).Where(group => group.Select(report => report.Token).Distinct().Count() > 1).Select(group => group.Key),
    ];

    public int StaleRefused => history.Reports.Count(report => report.Status == 409);

    /// <summary>Executions of a job beyond its first that no failed attempt and no retry asked for.</summary>
    public int ReExecuted
    {
        get
        {
            var asked = history.Reports.Where(report => report.Said is JobStatus.Pending).Select(report => report.Id)
                .Concat(history.Changes.Where(change => change is { Cancels: false, Status: 200 }).Select(change => change.Id)).CountBy(id => id).ToDictionary();
            var refs = rows.ToLookup(row => row.Ref);
            return history.Starts.Select(start => start.Id)
                .Concat(history.Executions.SelectMany(execution => refs[execution.Ref].Select(row => row.Id)))
                .CountBy(id => id).Sum(job => Math.Max(0, job.Value - 1 - asked.GetValueOrDefault(job.Key)));
        }
    }

    IEnumerable<Report> Completed => history.Reports.Where(report => report is { Completes: true, Status: 200 });

    /// <summary>From the healing to the end of the first job that was started on the path after it and completed; null where there is none.</summary>
    public TimeSpan? Recovery(FaultRecord fault) => rows
        .Where(row => row.Status is JobStatus.Completed && row.StartedAt >= fault.HealedAt
            && row.Worker?.StartsWith(fault.Path, StringComparison.Ordinal) is true)
        .Min(row => row.FinishedAt) - fault.HealedAt;

    public IEnumerable<string> Violations() =>
    [
        .. Lost.Select(id => $"accepted and not final: {id}"),
        .. Doubled.Select(id => $"more than one outcome: {id}"),
        .. Submissions(), .. Fences(), .. Results(), .. Failures(), .. Cancels(), .. Times(), .. Pauses(), .. EarlyHandOffs(), .. Recoveries(),
        .. history.Defects,
    ];

    /// <summary>A key gives one job; a batch all or none; an unanswered request never more than it asked for.</summary>
    IEnumerable<string> Submissions()
    {
        var byRef = rows.CountBy(row => row.Ref).ToDictionary();
        foreach (var submission in history.Submissions)
        {
            var stored = byRef.GetValueOrDefault(submission.Ref);
            var all = submission.Jobs.Count;
            if (stored != all && (stored != 0 || submission.Ids.Count > 0))
            {
                yield return $"request {submission.Ref} asked for {all} jobs in {submission.Sent} tries and there are {stored}";
            }
            if (submission.Jobs is [{ IdempotencyKey: not null }] && submission.Answers.Distinct().Count() > 1)
            {
                yield return $"one idempotency key, several jobs: {string.Join(", ", submission.Answers.Distinct())}";
            }
        }
    }

    /// <summary>A token is handed out once.</summary>
    IEnumerable<string> Fences() => history.Starts.GroupBy(start => start.Token).Where(group => group.Count() > 1)
        .Select(group => $"token {group.Key} was handed out {group.Count()} times");

    /// <summary>What was answered as recorded is what is there; what was refused is not; and what is there was executed.</summary>
    IEnumerable<string> Results()
    {
        foreach (var report in history.Reports.Where(report => report.Completes && _rows.ContainsKey(report.Id)))
        {
            var isRecorded = _rows[report.Id] is { Status: JobStatus.Completed } row && row.Result == $"{report.Token}";
            if (report.Status == 200 && !isRecorded)
            {
                yield return $"job {report.Id}: its result was answered as recorded and is not there ({_rows[report.Id]})";
            }
            if (report.Status == 409 && isRecorded)
            {
                yield return $"job {report.Id}: its result was refused and is there";
            }
        }
        var reported = history.Reports.Where(report => report.Completes).Select(report => $"{report.Token}").ToHashSet();
        var executed = history.Executions.Select(execution => (execution.Ref, $"execution {execution.Number}")).ToHashSet();
        foreach (var row in rows.Where(row => row.Status is JobStatus.Completed && !reported.Contains(row.Result!) && !executed.Contains((row.Ref, row.Result!))))
        {
            yield return $"nobody had that result: {row}";
        }
    }

    /// <summary>A job has failed because its worker said so by chance, or by its deadline. Nothing else here may fail one: the inputs are in order, the
    /// model server is not harmed, and no number of lost leases is too many.</summary>
    IEnumerable<string> Failures()
    {
        var failures = history.Reports.Where(report => !report.Completes).ToLookup(report => (report.Id, (Guid?)report.Token));
        foreach (var row in rows.Where(row => row.Status is JobStatus.Failed))
        {
            var isMeant = row.Error switch
            {
                HttpWorker.ByChance => failures[(row.Id, row.Token)].Any(),
                // A start after it says that a retry took the deadline away: then it can end no attempt.
                ErrorCategories.DeadlineExceeded => row.Deadline <= row.FinishedAt && !(row.StartedAt > row.Deadline),
                _ => false,
            };
            if (!isMeant)
            {
                yield return $"failed for no reason that was given: {row}";
            }
            if (failures[(row.Id, row.Token)].Any(report => report.Status == 409))
            {
                yield return $"job {row.Id}: its failure was refused and is there";
            }
        }
        foreach (var report in history.Reports.Where(report => !report.Completes && report.Said is JobStatus.Failed && !_retries.Contains(report.Id)))
        {
            if (_rows.GetValueOrDefault(report.Id) is not { Status: JobStatus.Failed } row || row.Token != report.Token)
            {
                yield return $"job {report.Id}: its failure was answered as final and is not there ({_rows.GetValueOrDefault(report.Id)})";
            }
        }
    }

    /// <summary>After a cancel was answered the job is cancelled for ever and not started.</summary>
    IEnumerable<string> Cancels()
    {
        var starts = history.Starts.ToLookup(start => start.Id);
        foreach (var cancel in history.Changes.Where(change => change is { Cancels: true, Status: 200 }))
        {
            if (_rows.GetValueOrDefault(cancel.Id)?.Status is not JobStatus.Cancelled)
            {
                yield return $"cancelled by its caller and not so: {_rows.GetValueOrDefault(cancel.Id)}";
            }
            if (starts[cancel.Id].Any(start => start.StartedAt > cancel.AnsweredAt))
            {
                yield return $"started after it was cancelled: {cancel.Id}";
            }
        }
        var asked = history.Changes.Where(change => change.Cancels).Select(change => change.Id).ToHashSet();
        foreach (var row in rows.Where(row => row.Status is JobStatus.Cancelled && !asked.Contains(row.Id)))
        {
            yield return $"cancelled by nobody: {row}";
        }
    }

    /// <summary>Not before run_at, not after the deadline, whoever ran it. Of built-in workers the store knows the last start, and the model server
    /// that no earlier one was too early.</summary>
    IEnumerable<string> Times()
    {
        var refs = rows.ToLookup(row => row.Ref);
        return
        [
            .. history.Starts.Where(start => IsWrong(start.Id, start.StartedAt, start.RunAt, start.Deadline)).Select(start => $"started at the wrong time: {start}"),
            .. rows.Where(row => IsWrong(row.Id, row.StartedAt, row.RunAt, row.Deadline)).Select(row => $"last started at the wrong time: {row}"),
            .. from execution in history.Executions
               from row in refs[execution.Ref]
               where execution.At < row.RunAt
               select $"at the model server before its run_at {row.RunAt:O}: {execution}",
        ];
    }

    /// <summary>A retry opens a failed job again without a deadline that has passed.</summary>
    bool IsWrong(Guid id, DateTimeOffset? startedAt, DateTimeOffset? runAt, DateTimeOffset? deadline) =>
        startedAt < runAt || (startedAt > deadline && !_retries[id].Any(retry => retry.Status is not 200 || retry.AnsweredAt >= deadline));

    IEnumerable<string> Recoveries() =>
        from fault in history.Faults
        let recovery = Recovery(fault)
        where recovery is null || recovery > MostRecovery
        select $"{fault.Kind} of {fault.Victim} at {fault.At:O}, healed at {fault.HealedAt:O}: "
            + (recovery is { } late ? $"the first job after it ended {late.TotalSeconds:0.0} s later" : "no job was completed after it");

    IEnumerable<string> Pauses() =>
        from pause in history.Pauses
        let begin = pause.From + PauseGrace
        from start in history.Starts.Select(start => (start.Id, At: (DateTimeOffset?)start.StartedAt, start.Worker))
            .Concat(rows.Where(row => row.Worker?.StartsWith("llm", StringComparison.Ordinal) is true).Select(row => (row.Id, At: row.StartedAt, Worker: row.Worker!)))
        where start.At > begin && start.At < pause.Until
        select $"started {(start.At - pause.From)!.Value.TotalSeconds:0.0} s into a pause: {start.Id} by {start.Worker}";

    /// <summary>While a lease holds, nobody else is given the job, unless its worker failed it or its owner retried it.</summary>
    IEnumerable<string> EarlyHandOffs()
    {
        var failed = history.Reports.Where(report => !report.Completes && report.Status is not (404 or 409)).Select(report => report.Token).ToHashSet();
        var renewals = history.Renewals.ToLookup(renewal => renewal.Token);
        foreach (var job in history.Starts.GroupBy(start => start.Id).Where(group => group.Count() > 1 && !_retries.Contains(group.Key)))
        {
            var starts = job.OrderBy(start => start.StartedAt).ToArray();
            foreach (var (first, second) in starts.Zip(starts.Skip(1)).Where(pair => !failed.Contains(pair.First.Token)))
            {
                var end = renewals[first.Token].Select(renewal => renewal.LeaseUntil).Append(first.LeaseUntil).Max();
                if (second.StartedAt < end)
                {
                    yield return $"job {job.Key} was handed to {second.Worker} {(end - second.StartedAt).TotalSeconds:0.0} s before the lease of {first.Worker} ended";
                }
            }
        }
    }
}
