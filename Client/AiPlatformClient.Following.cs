using System.Runtime.CompilerServices;
using AiPlatform.Client.Http;
using AiPlatform.Client.Streaming;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

public sealed partial class AiPlatformClient
{
    /// <summary>How long one request of a wait is kept open; the service's own limit is 60 s, and proxies often have lower ones.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>How much longer than the caller's time the last answer of a wait may take.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Waits until a job is final. It asks again as long as the time lasts, also at an API that was restarted meanwhile.</summary>
    /// <param name="timeout">At most so long, and up to 5 s more for the last answer; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes. The job goes on in any case.</param>
    /// <returns>The job as it then is: <see cref="JobStatuses.IsFinal"/> of its status tells whether it has ended.</returns>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is none; <c>no_answer</c> or <c>timed_out</c> where the API was away at the end.</exception>
    public async Task<JobView> WaitAsync(Guid id, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "Allowed: 0 and more, or Timeout.InfiniteTimeSpan.");
        var start = _api.Time.GetTimestamp();
        while (true)
        {
            var left = timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Longer(timeout - _api.Time.GetElapsedTime(start), TimeSpan.Zero);
            var wait = Shorter(left, LongestWait);
            // While the API is away it is asked again, but not beyond the caller's time.
            var request = ApiRequest.Get($"api/v1/jobs/{id}", Shorter(wait + Options.Timeout, left > LongestWait + Options.Timeout ? TimeSpan.MaxValue : left + Grace));
            var asked = _api.Time.GetTimestamp();
            var job = await _api.SendAsync(request with { Query = $"?wait={ApiRequest.Write(wait)}" }, ClientJson.Wire.JobView, cancellationToken);
            if (job.Status.IsFinal() || left == TimeSpan.Zero)
                return job;
            // An API that stops answers at once; another one may take a moment to be there.
            if (_api.Time.GetElapsedTime(asked) < wait / 2)
                await Task.Delay(Shorter(Options.FirstPause, wait), _api.Time, cancellationToken);
        }
    }

    /// <summary>A job's life as it happens: states, progress and tokens, from its beginning to its final state. A connection that breaks, falls silent or ends early
    /// is made again and goes on after the last event, also at an API that was restarted: nothing is missing and nothing comes twice.</summary>
    /// <param name="after">The <see cref="JobEvent.Id"/> after which to begin, of an earlier call; null for the beginning.</param>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is no such job; <c>no_answer</c> or the service's reason where no event could be had for
    /// <see cref="AiPlatformClientOptions.RetryFor"/>.</exception>
    public async IAsyncEnumerable<JobEvent> EventsAsync(Guid id, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var feed = new EventFeed(_api, id, after);
        while (await feed.NextAsync(cancellationToken) is { } next)
            yield return next;
    }

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
