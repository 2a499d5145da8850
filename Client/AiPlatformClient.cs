using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

/// <summary>
/// Calls the AiPlatform API. One instance serves all threads for the life of a process. Every method throws <see cref="AiPlatformException"/> where the API refuses
/// the call or no answer comes, and <see cref="OperationCanceledException"/> where the caller's own token ends it. A call that is safe to repeat is repeated for
/// <see cref="AiPlatformClientOptions.RetryFor"/>; each method says what else is. Its methods are virtual, for tests of its callers.
/// </summary>
public partial class AiPlatformClient : ApiClient
{
    /// <summary>With connections of its own, which end with it.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the message names each.</exception>
    public AiPlatformClient(AiPlatformClientOptions options) : base(options)
    {
    }

    /// <summary>Over connections of the caller, which are not disposed of. Its <see cref="HttpClient.Timeout"/> has to be infinite, or no shorter than the timeouts of the
    /// options, and its handlers must not repeat requests by themselves.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the message names each.</exception>
    public AiPlatformClient(HttpClient http, AiPlatformClientOptions options, TimeProvider? time = null) : base(http, options, time)
    {
    }

    /// <summary>For a stand-in in tests of a caller, which overrides what is called.</summary>
    protected AiPlatformClient()
    {
    }

    /// <summary>Creates a job: once it is answered, it is kept, and will reach a final state.</summary>
    /// <param name="job">Where it has no <see cref="CreateJob.IdempotencyKey"/> it gets one of the client's own, so that however often it has to be sent, it is one job.</param>
    /// <returns>The new job, or the first one of its key, as it is now. <see cref="JobView.Position"/> is null.</returns>
    /// <exception cref="AiPlatformException">Such as <c>invalid</c> with the fields that are wrong, <c>idempotency_conflict</c> where the key was used for another job,
    /// <c>over_limit</c> where the caller has reached a limit.</exception>
    public virtual Task<JobView> SubmitAsync(CreateJob job, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        job = Options.MakeIdempotencyKeys && job.IdempotencyKey is null ? job with { IdempotencyKey = $"{Guid.NewGuid():N}" } : job;
        var request = ApiRequest.Post("api/v1/jobs", job, ClientJson.Wire.CreateJob, Options.Timeout) with { IsIdempotent = job.IdempotencyKey is not null };
        return Api.SendAsync(request, ClientJson.Wire.JobView, cancellationToken);
    }

    /// <summary>Creates many jobs, all or none of them.</summary>
    /// <param name="jobs">1 to 10,000, of 8 MiB of JSON together. Each without a key gets one of the client's own.</param>
    /// <param name="defaults">Taken by every job for the fields it leaves out; null for none. Without an idempotency key.</param>
    /// <returns>The ids in the order of <paramref name="jobs"/>, and how many are new.</returns>
    /// <exception cref="AiPlatformException">Such as <c>invalid</c> with fields as <c>jobs[3].priority</c>, <c>too_large</c>, <c>idempotency_conflict</c>.</exception>
    public virtual Task<CreatedJobs> SubmitManyAsync(IReadOnlyList<CreateJob> jobs, CreateJob? defaults = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        if (Options.MakeIdempotencyKeys)
        {
            // One random part for all of them: keys are a good part of a body of small jobs.
            var common = $"{Guid.NewGuid():N}";
            jobs = [.. jobs.Select((job, place) => job.IdempotencyKey is null ? job with { IdempotencyKey = $"{common}-{place}" } : job)];
        }
        var request = ApiRequest.Post("api/v1/jobs/batch", new CreateJobs { Jobs = jobs, Defaults = defaults }, ClientJson.Wire.CreateJobs, Options.Timeout);
        return Api.SendAsync(
            request with { IsIdempotent = jobs.All(job => job.IdempotencyKey is not null) }, ClientJson.Wire.CreatedJobs, cancellationToken);
    }

    /// <summary>A job with its input, and its result once it is completed.</summary>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is none, or it is another caller's.</exception>
    public virtual Task<JobView> GetAsync(Guid id, CancellationToken cancellationToken = default) =>
        Api.SendAsync(ApiRequest.Get($"api/v1/jobs/{id}", Options.Timeout), ClientJson.Wire.JobView, cancellationToken);

    /// <summary>Counts by status, task type, profile and owner, errors, and the oldest waiting age; of the caller's own jobs where it is one of owner services.</summary>
    public virtual Task<QueueStats> StatsAsync(CancellationToken cancellationToken = default) =>
        Api.SendAsync(ApiRequest.Get("api/v1/stats", Options.Timeout), ClientJson.Wire.QueueStats, cancellationToken);
}
