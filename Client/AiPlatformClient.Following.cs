using System.Runtime.CompilerServices;
using AiPlatform.Client.Http;
using AiPlatform.Client.Streaming;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

public partial class AiPlatformClient
{
    /// <summary>How long one request of a wait is kept open; the service's own limit is 60 s, and proxies often have lower ones.</summary>
    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>How much longer than the caller's time the last answer of a wait may take.</summary>
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>A wait without an end asks once a day at least, whatever it is told.</summary>
    static readonly TimeSpan MostPause = TimeSpan.FromDays(1);

    /// <summary>Waits until a job is final. It asks again as long as the time lasts, also while the API is away, for however long, and one that was restarted meanwhile.</summary>
    /// <param name="timeout">At most so long, and up to 5 s more for the last answer; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes. The job goes on in any case.</param>
    /// <returns>The job as it then is: <see cref="JobStatuses.IsFinal"/> of its status tells whether it has ended.</returns>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is none; <c>no_answer</c> or <c>timed_out</c> where the API was away at the end.</exception>
    public virtual Task<JobView> WaitAsync(Guid id, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "Allowed: 0 and more, or Timeout.InfiniteTimeSpan.");
        return WaitUntilAsync(id, timeout, Api.Time.GetTimestamp(), cancellationToken);
    }

    async Task<JobView> WaitUntilAsync(Guid id, TimeSpan timeout, long start, CancellationToken cancellationToken)
    {
        TimeSpan Left() => timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : Longer(timeout - Api.Time.GetElapsedTime(start), TimeSpan.Zero);
        while (true)
        {
            var left = Left();
            var wait = Shorter(left, LongestWait);
            // While the API is away it is asked again, but not beyond the caller's time.
            var request = ApiRequest.Get($"api/v1/jobs/{id}", Shorter(wait + Options.Timeout, left > LongestWait + Options.Timeout ? TimeSpan.MaxValue : left + Grace));
            var asked = Api.Time.GetTimestamp();
            JobView job;
            try
            {
                job = await Api.SendAsync(request with { Query = $"?wait={ApiRequest.Write(wait)}" }, ClientJson.Wire.JobView, cancellationToken);
            }
            catch (AiPlatformException failure) when (failure.IsTransient && Left() > TimeSpan.Zero)
            {
                // It was asked for RetryFor; the caller's time lasts longer than that.
                var pause = Longer(Shorter(failure.RetryAfter ?? TimeSpan.Zero, MostPause), Options.LongestPause);
                await Task.Delay(Shorter(pause, Left()), Api.Time, cancellationToken);
                continue;
            }
            if (job.Status.IsFinal() || left == TimeSpan.Zero)
                return job;
            // An API that stops answers at once; another one may take a moment to be there.
            if (Api.Time.GetElapsedTime(asked) < wait / 2)
                await Task.Delay(Shorter(Options.FirstPause, wait), Api.Time, cancellationToken);
        }
    }

    /// <summary>A job's life as it happens: states, progress and tokens, from its beginning to its final state. A connection that breaks, falls silent or ends early
    /// is made again and goes on after the last event, also at an API that was restarted: nothing is missing and nothing comes twice.</summary>
    /// <param name="after">The <see cref="JobEvent.Id"/> after which to begin, of an earlier call; null for the beginning.</param>
    /// <exception cref="AiPlatformException"><c>not_found</c> where there is no such job; <c>no_answer</c> or the service's reason where no event could be had for
    /// <see cref="AiPlatformClientOptions.RetryFor"/>.</exception>
    public virtual async IAsyncEnumerable<JobEvent> EventsAsync(Guid id, string? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var feed = new EventFeed(Api, id, after);
        while (await feed.NextAsync(cancellationToken) is { } next)
            yield return next;
    }

    static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
