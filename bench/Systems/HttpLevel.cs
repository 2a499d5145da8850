using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Contracts;

namespace AiPlatform.Bench.Systems;

/// <summary>A caller and an external worker over HTTP.</summary>
sealed class HttpLevel : IOwnLevel
{
    static readonly Uri Jobs = new("/api/v1/jobs", UriKind.Relative);
    static readonly Uri Fairness = new("/queue/fairness", UriKind.Relative);
    static readonly Uri Share = new($"/queue/shares/owners/{OwnLevels.Owner}", UriKind.Relative);
    static readonly Uri Stats = new("/api/v1/stats", UriKind.Relative);
    static readonly JsonElement Result = JsonElement.Parse("""{"ok":true}""");
    static readonly TimeSpan BuildLimit = TimeSpan.FromSeconds(30);

    readonly HttpClient _http;
    readonly Uri _add;

    HttpLevel(Uri api, Uri add) => (_http, _add) = (new HttpClient { BaseAddress = api, Timeout = TimeSpan.FromMinutes(1) }, add);

    public string Settings => "keep-alive connections, as many as calls at a time; the API has 20 connections to Postgres: 10 of the general pool and 10 with pinned plans";

    /// <param name="api">The API's address.</param>
    /// <param name="add">The route that single adds go to.</param>
    public static async Task<HttpLevel> StartAsync(Uri api, Uri add, CancellationToken ct)
    {
        var level = new HttpLevel(api, add);
        await level.IndexIsBuiltAsync(ct);
        return level;
    }

    public Task AddAsync(BenchJob job, CancellationToken ct) => AddAsync(_add, job, ct);

    public Task AddManyAsync(IReadOnlyList<BenchJob> jobs, CancellationToken ct)
    {
        var defaults = new CreateJob { OwnerService = OwnLevels.Owner, TaskType = OwnLevels.Task };
        var batch = new CreateJobs
        {
            Defaults = defaults,
            Jobs = [.. jobs.Select(job => new CreateJob { OwnerService = job.Owner, Priority = OwnLevels.Priority(job.Level), Input = job.ToJson() })],
        };
        return PostAsync(
            new Uri("/api/v1/jobs/batch", UriKind.Relative), batch, ContractsJson.Default.CreateJobs, ContractsJson.Default.CreatedJobs, ct);
    }

    public async Task<IReadOnlyList<ClaimedJob>> ClaimAsync(int limit, CancellationToken ct)
    {
        var call = new ClaimJobs
        {
            WorkerId = OwnLevels.Worker,
            TaskTypes = [OwnLevels.Task],
            Limit = limit,
            LeaseSeconds = (int)OwnLevels.Lease.TotalSeconds,
            Wait = $"{OwnLevels.ClaimWait.TotalSeconds}s",
        };
        return (await PostAsync(
            new Uri("/api/v1/jobs/claim", UriKind.Relative), call, ContractsJson.Default.ClaimJobs, ContractsJson.Default.ClaimedJobs, ct)).Jobs;
    }

    public Task CompleteAsync(ClaimedJob job, CancellationToken ct) => PostAsync(
        new Uri($"/api/v1/jobs/{job.Id}/complete", UriKind.Relative), new CompleteJob { LeaseToken = job.LeaseToken, Result = Result },
        ContractsJson.Default.CompleteJob, ContractsJson.Default.RecordedOutcome, ct);

    public async Task SetSharesAsync(bool fair, int mostRunning, CancellationToken ct)
    {
        using var fairness = await _http.PutAsJsonAsync(Fairness, new SetFairness { Fair = fair }, ContractsJson.Default.SetFairness, ct);
        fairness.EnsureSuccessStatusCode();
        var limit = new SetOwnerShare { MostRunning = mostRunning == 0 ? null : mostRunning };
        using var share = await _http.PutAsJsonAsync(Share, limit, ContractsJson.Default.SetOwnerShare, ct);
        share.EnsureSuccessStatusCode();
    }

    public Task ReadStatsAsync(CancellationToken ct) => _http.GetFromJsonAsync(Stats, ContractsJson.Default.QueueStats, ct);

    public async Task CallAsync(BenchJob job, CancellationToken ct)
    {
        var id = (await AddAsync(Jobs, job, ct)).Id;
        var view = await GetAsync(id, $"?wait={OwnLevels.ResultWait.TotalSeconds}s", ct);
        if (view.Status is not JobStatus.Completed)
        {
            throw new InvalidOperationException($"The job was not completed in {OwnLevels.ResultWait.TotalSeconds} s: {view.Status}.");
        }
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    async Task IndexIsBuiltAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(BuildLimit);
        var job = await AddAsync(Jobs, BenchJob.Of(0), limit.Token);
        while ((await GetAsync(job.Id, "", limit.Token)).Position is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
        }
        await CompleteAsync((await ClaimAsync(1, limit.Token))[0], limit.Token);
    }

    Task<JobView> AddAsync(Uri route, BenchJob job, CancellationToken ct)
    {
        var call = new CreateJob
        {
            OwnerService = job.Owner ?? OwnLevels.Owner,
            TaskType = OwnLevels.Task,
            Priority = OwnLevels.Priority(job.Level),
            Input = job.ToJson(),
        };
        return PostAsync(route, call, ContractsJson.Default.CreateJob, ContractsJson.Default.JobView, ct);
    }

    async Task<JobView> GetAsync(Guid id, string query, CancellationToken ct)
    {
        using var response = await _http.GetAsync(new Uri($"/api/v1/jobs/{id}{query}", UriKind.Relative), ct);
        return await ReadAsync(response, ContractsJson.Default.JobView, ct);
    }

    async Task<TAnswer> PostAsync<TCall, TAnswer>(
        Uri route, TCall call, JsonTypeInfo<TCall> callType, JsonTypeInfo<TAnswer> answerType, CancellationToken ct)
    {
        using var content = JsonContent.Create(call, callType);
        using var response = await _http.PostAsync(route, content, ct);
        return await ReadAsync(response, answerType, ct);
    }

    static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}");
        }
        return await response.Content.ReadFromJsonAsync(type, ct) ?? throw new JsonException("null is no answer.");
    }
}
