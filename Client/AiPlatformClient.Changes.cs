using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

public partial class AiPlatformClient
{
    /// <summary>Calls off a pending or running job: nothing of it is started or recorded any more. One that is cancelled already stays so.</summary>
    /// <returns>The job as it then is.</returns>
    /// <exception cref="AiPlatformException"><c>invalid_state</c> where it has completed or failed, <c>not_found</c> where there is none.</exception>
    public virtual Task<JobView> CancelAsync(Guid id, CancellationToken cancellationToken = default) => Api.SendAsync(
        new ApiRequest(HttpMethod.Post, $"api/v1/jobs/{id}/cancel", Options.Timeout) { IsIdempotent = true }, ClientJson.Wire.JobView, cancellationToken);

    /// <summary>Makes a failed job, or one that runs, pending again with all its attempts. Not repeated where it may have been done: it would run once more.</summary>
    /// <returns>The job as it then is.</returns>
    /// <exception cref="AiPlatformException"><c>invalid_state</c> where it is neither failed nor running, <c>not_found</c> where there is none, <c>over_limit</c>.</exception>
    public virtual Task<JobView> RetryAsync(Guid id, CancellationToken cancellationToken = default) => Api.SendAsync(
        new ApiRequest(HttpMethod.Post, $"api/v1/jobs/{id}/retry", Options.Timeout), ClientJson.Wire.JobView, cancellationToken);

    /// <summary>Calls off all pending and running jobs of a filter. Not repeated where it may have been done: the count would not be the whole one.</summary>
    /// <param name="filter">At least one condition; a status may be <c>pending</c> or <c>running</c>.</param>
    /// <returns>How many were cancelled.</returns>
    public virtual Task<int> CancelManyAsync(JobFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ChangeAsync("cancel", filter, cancellationToken);
    }

    /// <summary>Makes all failed jobs of a filter pending again. Not repeated where it may have been done.</summary>
    /// <param name="filter">At least one condition. A status may be <c>failed</c>, which is the default, or <c>running</c>.</param>
    /// <returns>How many were retried.</returns>
    public virtual Task<int> RetryManyAsync(JobFilter filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return ChangeAsync("retry", filter, cancellationToken);
    }

    async Task<int> ChangeAsync(string change, JobFilter filter, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Post($"api/v1/jobs/{change}", filter, ClientJson.Wire.JobFilter, Options.ManyTimeout);
        return (await Api.SendAsync(request, ClientJson.Wire.BulkAnswer, cancellationToken)).Count;
    }
}
