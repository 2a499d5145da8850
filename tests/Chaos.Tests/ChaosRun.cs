using AiPlatform.Contracts;
using Npgsql;

namespace AiPlatform.Chaos.Tests;

/// <summary>One run from the start of the system to its report. The seed chooses what is done; what the machine makes of it differs.</summary>
sealed class ChaosRun(int seed, TimeSpan faultsFor, Action<string> say)
{
    const int Callers = 2;
    const int WorkersPerApi = 2;

    /// <summary>How long the last job may take after everything was healed. Beyond it a job is as good as lost.</summary>
    static readonly TimeSpan MostDrain = TimeSpan.FromMinutes(2);

    /// <summary>How long after the last job the index may be incomplete or an API degraded.</summary>
    static readonly TimeSpan MostSettling = TimeSpan.FromSeconds(15);

    static readonly TimeSpan CalmAfter = TimeSpan.FromSeconds(4);

    readonly History _history = new(TimeProvider.System);
    readonly List<string> _broken = [];
    readonly long _start = TimeProvider.System.GetTimestamp();
    long _finals;

    public async Task<ChaosReport> RunAsync(CancellationToken ct)
    {
        Say($"seed {seed}, faults for {faultsFor.TotalSeconds:0} s");
        await using var system = await ChaosSystem.StartAsync(_history, ct);
        var apis = system.Apis.Select(api => new ApiClient(api, _history)).ToArray();
        try
        {
            Say("the system is up");
            await DrainInOrderAsync("before", apis, ct);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var workers = apis.SelectMany((api, i) => Enumerable.Range(1, WorkersPerApi)
                .Select(j => new HttpWorker(api, j, _history, new Random(seed + 10 * i + j)).RunAsync(end.Token))).ToArray();
            await HarmAsync(system, apis, ct);
            var drained = await DrainAsync(system, ct);
            await SettleAsync(system, ct);
            await end.CancelAsync();
            await Task.WhenAll(workers);
            await DrainInOrderAsync("after", apis, ct);
            var report = await ReportAsync(system, drained, ct);
            if (report.Violations.Count > 0)
            {
                foreach (var process in system.Apis.Concat(system.Workers))
                {
                    say($"--- the last words of {process.Name}\n{string.Join('\n', process.Output.Where(line => line.Contains("AiPlatform")).TakeLast(15))}");
                }
            }
            return report;
        }
        finally
        {
            Array.ForEach(apis, api => api.Dispose());
        }
    }

    async Task HarmAsync(ChaosSystem system, ApiClient[] apis, CancellationToken ct)
    {
        using var noCalls = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var noFaults = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var counting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var counter = CountAsync(system, counting.Token);
        int Open() => (int)(_history.Accepted.Count() - Interlocked.Read(ref _finals));
        var callers = Enumerable.Range(1, Callers).Select(i => new Caller(apis, i, _history, new Random(seed - i)).RunAsync(Open, noCalls.Token, ct)).ToArray();
        var pauser = new Caller(apis, 0, _history, new Random(seed - 100)).PauseNowAndThenAsync(noFaults.Token, ct);

        noFaults.CancelAfter(faultsFor);
        await new FaultInjector(system, _history, Say, new Random(seed)).RunAsync(noFaults.Token, ct);
        await pauser;
        Say("all is healed");
        await RecoverAsync(system, ct);
        await noCalls.CancelAsync();
        await Task.WhenAll(callers);
        await counting.CancelAsync();
        await counter;
    }

    /// <summary>Recovery shows in jobs that are started after the healing: callers go on until every fault has one, or has had its time.</summary>
    async Task RecoverAsync(ChaosSystem system, CancellationToken ct)
    {
        await Task.Delay(CalmAfter, ct);
        while (true)
        {
            var (now, checker) = (_history.Now, new Checker(_history, await system.QueryAsync(Row.Query, Row.Read, ct)));
            if (_history.Faults.All(fault => now - fault.HealedAt > Checker.MostRecovery || checker.Recovery(fault) is not null))
            {
                return;
            }
            await Task.Delay(TimeSpan.FromSeconds(1), ct);
        }
    }

    async Task SettleAsync(ChaosSystem system, CancellationToken ct)
    {
        var drained = _history.Now;
        var left = await system.UnsettledAsync(ct);
        while (left.Count > 0 && _history.Now - drained < MostSettling)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
            left = await system.UnsettledAsync(ct);
        }
        _broken.AddRange(left.Select(what => $"{MostSettling.TotalSeconds:0} s after the last job {what}"));
    }

    /// <summary>So that callers do not run away from workers that faults hold up.</summary>
    async Task CountAsync(ChaosSystem system, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                Interlocked.Exchange(ref _finals, (await system.QueryAsync("select count(*) from job_result", row => row.GetInt64(0), ct))[0]);
                await Task.Delay(TimeSpan.FromSeconds(1), ct);
            }
            catch (Exception away) when (away is NpgsqlException or OperationCanceledException)
            {
                // Postgres is one of the victims; the next look counts.
            }
        }
    }

    async Task<TimeSpan> DrainAsync(ChaosSystem system, CancellationToken ct)
    {
        var healed = _history.Now;
        while (_history.Now - healed < MostDrain)
        {
            if ((await system.QueryAsync("select count(*) from job_open", row => row.GetInt64(0), ct))[0] == 0)
            {
                return _history.Now - healed;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(200), ct);
        }
        _broken.AddRange((await system.QueryAsync("select row_to_json(o)::text from job_open o", row => row.GetString(0), ct)).Select(row => $"still open: {row}"));
        return MostDrain;
    }

    /// <summary>Without faults and with one claim at a time the order is exact: priority, then submission.</summary>
    async Task DrainInOrderAsync(string when, ApiClient[] apis, CancellationToken ct)
    {
        var lane = $"chaos_order_{when}";
        var (chance, caller) = (new Random(seed), new Caller([apis[0]], 200 + when.Length, _history, new Random(seed)));
        JobPriority[] priorities = [JobPriority.High, JobPriority.Normal, JobPriority.Low];
        List<(JobPriority Priority, string Ref)> submitted = [];
        for (var i = 0; i < 25; i++)
        {
            var job = caller.Job(lane) with { Priority = priorities[chance.Next(3)], RunAt = null, Deadline = null, IdempotencyKey = null };
            await caller.SubmitAsync(job, ct);
            submitted.Add((job.Priority.Value, job.OwnerRef!));
        }
        List<string> started = [];
        while (started.Count < submitted.Count
            && await HttpWorker.ClaimAsync(apis[^1], "order", lane, 1, "60s", _history, ct) is [var claim])
        {
            started.Add(claim.OwnerRef!);
            await HttpWorker.CompleteAsync(apis[0], claim, _history, ct);
        }
        var expected = submitted.OrderBy(job => job.Priority).Select(job => job.Ref).ToArray();
        if (!expected.SequenceEqual(started))
        {
            _broken.Add($"{when} the faults jobs started out of order: {string.Join(' ', started)}, not {string.Join(' ', expected)}");
        }
    }

    async Task<ChaosReport> ReportAsync(ChaosSystem system, TimeSpan drained, CancellationToken ct)
    {
        var indexed = await system.IndexedAsync();
        // What the index shows of jobs that do not wait is gone within ten seconds.
        for (var until = _history.Now.AddSeconds(15); indexed.Count > 0 && _history.Now < until; indexed = await system.IndexedAsync())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), ct);
        }
        _broken.AddRange(indexed.Select(entry => $"left in the index: {entry}"));

        var rows = await system.QueryAsync(Row.Query, Row.Read, ct);
        var stats = await ChaosSystem.StatsAsync(system.Apis[0], ct);
        foreach (var status in Enum.GetValues<JobStatus>())
        {
            var (said, there) = (stats.ByStatus[status.ToString().ToLowerInvariant()], rows.Count(row => row.Status == status));
            if (said != there && status.IsFinal())
            {
                _broken.Add($"the statistics count {said} {status} jobs and there are {there}");
            }
        }
        return new ChaosReport(seed, _history, rows, [.. _broken, .. new Checker(_history, rows).Violations()], drained);
    }

    void Say(string what) => say($"{TimeProvider.System.GetElapsedTime(_start).TotalSeconds,7:0.0} s  {what}");
}
