using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Chaos.Tests;

/// <summary>An external worker: it claims, renews and reports over HTTP through one API process, and is not always a good one. It fails jobs,
/// holds them beyond their lease and reports then, or forgets them.</summary>
sealed class HttpWorker(ApiClient api, int number, History history, Random chance)
{
    public const string TaskType = "chaos_http";

    /// <summary>Category of the failures that it reports.</summary>
    public const string ByChance = "by_chance";

    /// <summary>The shortest there is.</summary>
    const int LeaseSeconds = 5;

    const int Slots = 6;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Again = TimeSpan.FromMilliseconds(250);

    readonly string _name = $"{api.Name}/http-{number}";

    public async Task RunAsync(CancellationToken ct)
    {
        List<Task> inHand = [];
        while (!ct.IsCancellationRequested)
        {
            inHand.RemoveAll(task => task.IsCompleted);
            if (inHand.Count >= Slots)
            {
                await Task.WhenAny(inHand);
                continue;
            }
            try
            {
                foreach (var job in await ClaimAsync(api, _name, TaskType, Slots - inHand.Count, "2s", history, ct))
                {
                    inHand.Add(WorkAsync(job, chance.Next(100), chance.Next(5, 60), ct));
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
        }
        await Task.WhenAll(inHand);
    }

    public static async Task<IReadOnlyList<ClaimedJob>> ClaimAsync(
        ApiClient api, string worker, string taskType, int limit, string? wait, History history, CancellationToken ct)
    {
        var claim = new ClaimJobs { WorkerId = worker, TaskTypes = [taskType], Limit = limit, LeaseSeconds = LeaseSeconds, Wait = wait };
        var (_, body) = await api.PostAsync("/api/v1/jobs/claim", claim, ContractsJson.Default.ClaimJobs, ContractsJson.Default.ClaimedJobs, ct);
        foreach (var job in body?.Jobs ?? [])
        {
            history.Starts.Enqueue(new Start(
                job.Id, job.LeaseToken, worker, job.StartedAt!.Value, job.LeaseExpiresAt!.Value, job.RunAt, job.Deadline));
        }
        return body?.Jobs ?? [];
    }

    public static async Task CompleteAsync(ApiClient api, ClaimedJob job, History history, CancellationToken ct)
    {
        var body = new CompleteJob { LeaseToken = job.LeaseToken, Result = JsonSerializer.SerializeToElement($"{job.LeaseToken}") };
        await ReportAsync(job, completes: true, history, () => api.PostAsync(
            $"/api/v1/jobs/{job.Id}/complete", body, ContractsJson.Default.CompleteJob, ContractsJson.Default.RecordedOutcome, ct), ct);
    }

    async Task WorkAsync(ClaimedJob job, int manner, int milliseconds, CancellationToken ct)
    {
        try
        {
            switch (manner)
            {
                case < 3:
                    // Forgets it: its lease ends.
                    return;
                case < 7:
                    // Sleeps over its lease and does not know.
                    await Task.Delay(TimeSpan.FromSeconds(LeaseSeconds + 2), ct);
                    break;
                case < 11:
                    await RenewAsync(job, TimeSpan.FromSeconds(LeaseSeconds + 1), ct);
                    break;
                case < 19:
                    await FailAsync(job, manner < 17, ct);
                    return;
                default:
                    await Task.Delay(milliseconds, ct);
                    break;
            }
            await CompleteAsync(api, job, history, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    async Task RenewAsync(ClaimedJob job, TimeSpan forLong, CancellationToken ct)
    {
        var body = new Heartbeat { LeaseToken = job.LeaseToken, LeaseSeconds = LeaseSeconds };
        for (var until = history.Now + forLong; history.Now < until;)
        {
            await Task.Delay(TimeSpan.FromSeconds(1.5), ct);
            var (_, answer) = await api.PostAsync(
                $"/api/v1/jobs/{job.Id}/heartbeat", body, ContractsJson.Default.Heartbeat, ContractsJson.Default.HeartbeatAnswer, ct);
            if (answer?.LeaseExpiresAt is { } end)
            {
                history.Renewals.Enqueue(new Renewed(job.Id, job.LeaseToken, end));
            }
        }
    }

    Task FailAsync(ClaimedJob job, bool retry, CancellationToken ct)
    {
        var body = new FailJob { LeaseToken = job.LeaseToken, Category = ByChance, Message = "A worker of the chaos run.", Retry = retry };
        return ReportAsync(job, completes: false, history, () => api.PostAsync(
            $"/api/v1/jobs/{job.Id}/fail", body, ContractsJson.Default.FailJob, ContractsJson.Default.RecordedOutcome, ct), ct);
    }

    /// <summary>Until it is answered, as a worker does whose work was dear.</summary>
    static async Task ReportAsync(
        ClaimedJob job, bool completes, History history, Func<Task<(int? Status, RecordedOutcome? Body)>> send, CancellationToken ct)
    {
        var until = history.Now + Patience;
        (int? status, RecordedOutcome? body) = (null, null);
        try
        {
            do
            {
                (status, body) = await send();
                if (status is not (null or 503))
                {
                    return;
                }
                await Task.Delay(Again, ct);
            }
            while (history.Now < until);
        }
        finally
        {
            history.Reports.Enqueue(new Report(job.Id, job.LeaseToken, completes, status, body?.Status));
        }
    }
}
