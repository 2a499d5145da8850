using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

/// <summary>
/// What an external worker calls: claim jobs, renew their leases while it works, report what became of them. Its token needs the role <c>work</c>. Heartbeats and reports
/// are repeated as <see cref="AiPlatformClient"/> repeats calls: the lease token makes one report of two. Errors are <see cref="AiPlatformException"/>; with
/// <c>lease_lost</c> the job is another's, and the worker should stop working on it.
/// </summary>
public class WorkerClient : ApiClient
{
    /// <inheritdoc cref="AiPlatformClient(AiPlatformClientOptions)"/>
    public WorkerClient(AiPlatformClientOptions options) : base(options)
    {
    }

    /// <inheritdoc cref="AiPlatformClient(HttpClient, AiPlatformClientOptions, TimeProvider)"/>
    public WorkerClient(HttpClient http, AiPlatformClientOptions options, TimeProvider? time = null) : base(http, options, time)
    {
    }

    /// <inheritdoc cref="AiPlatformClient()"/>
    protected WorkerClient()
    {
    }

    /// <summary>Takes pending jobs under a lease, highest priority and oldest first; with <see cref="ClaimJobs.Wait"/>, as soon as there are any. Not repeated where it may have
    /// been done: jobs whose claim is not known to anybody come back when their lease ends.</summary>
    /// <returns>Empty where nothing waits.</returns>
    public virtual async Task<IReadOnlyList<ClaimedJob>> ClaimAsync(ClaimJobs claim, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var wait = claim.Wait is { } text && Durations.TryParse(text, out var asked) ? asked : TimeSpan.Zero;
        var request = ApiRequest.Post("api/v1/jobs/claim", claim, ClientJson.Wire.ClaimJobs, Options.Timeout + wait);
        return (await Api.SendAsync(request, ClientJson.Wire.ClaimedJobs, cancellationToken)).Jobs;
    }

    /// <summary>Renews the lease of a job.</summary>
    /// <param name="progress">Any JSON of at most 64 KiB, shown in the job; null leaves the last report.</param>
    /// <param name="leaseSeconds">5 s to 24 h; null for the service's WORKER_LEASE_TIMEOUT (15 min).</param>
    /// <returns><see cref="HeartbeatAnswer.CancelRequested"/>: the job was cancelled, and there is nothing to report.</returns>
    public virtual Task<HeartbeatAnswer> HeartbeatAsync(
        ClaimedJob job, JsonElement? progress = null, int? leaseSeconds = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        var body = new Heartbeat { LeaseToken = job.LeaseToken, Progress = progress, LeaseSeconds = leaseSeconds };
        return ReportAsync(job, "heartbeat", body, ClientJson.Wire.Heartbeat, ClientJson.Wire.HeartbeatAnswer, cancellationToken);
    }

    /// <summary>Stores the result of a job.</summary>
    /// <param name="result">Any JSON value.</param>
    public virtual Task<RecordedOutcome> CompleteAsync(ClaimedJob job, JsonElement result, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        var body = new CompleteJob { LeaseToken = job.LeaseToken, Result = result };
        return ReportAsync(job, "complete", body, ClientJson.Wire.CompleteJob, ClientJson.Wire.RecordedOutcome, cancellationToken);
    }

    /// <summary>Reports that the attempt failed; the job is tried again while attempts remain.</summary>
    /// <param name="category">One of <see cref="ErrorCategories"/>, or the worker's own word of at most 64 characters.</param>
    /// <param name="message">One sentence for a person, at most 2,000 characters; never a prompt, a transcript or a key.</param>
    /// <param name="retry">Whether to try again; null leaves it to the category.</param>
    /// <param name="retryAfterSeconds">Before the next attempt, 0 to 24 h; null for the service's own pause.</param>
    /// <returns><c>failed</c>, or <c>pending</c> where another attempt follows.</returns>
    public virtual Task<RecordedOutcome> FailAsync(
        ClaimedJob job, string category, string message, bool? retry = null, int? retryAfterSeconds = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(category);
        ArgumentNullException.ThrowIfNull(message);
        var body = new FailJob { LeaseToken = job.LeaseToken, Category = category, Message = message, Retry = retry, RetryAfterSeconds = retryAfterSeconds };
        return ReportAsync(job, "fail", body, ClientJson.Wire.FailJob, ClientJson.Wire.RecordedOutcome, cancellationToken);
    }

    Task<TAnswer> ReportAsync<TBody, TAnswer>(
        ClaimedJob job, string what, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken) => Api.SendAsync(
            ApiRequest.Post($"api/v1/jobs/{job.Id}/{what}", body, bodyType, Options.Timeout) with { IsIdempotent = true }, answerType, cancellationToken);
}
