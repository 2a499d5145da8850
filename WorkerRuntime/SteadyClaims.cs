using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Logging;

namespace AiPlatform.WorkerRuntime;

/// <summary>Claims jobs, also while the store is away for a while: then it keeps trying.</summary>
sealed partial class SteadyClaims(JobQueue queue, TimeProvider time, ILogger<SteadyClaims> logger)
{
    /// <summary>Long, so that an idle worker asks seldom; the queue wakes it as soon as there is work.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <returns>As <see cref="JobQueue.ClaimTimedAsync"/>.</returns>
    public async Task<(IReadOnlyList<ClaimedJob> Jobs, long AskedAt)> ClaimAsync(ClaimRequest request, CancellationToken ct)
    {
        var pause = TimeSpan.FromMilliseconds(250);
        var absent = false;
        while (true)
        {
            try
            {
                var claimed = await queue.ClaimTimedAsync(request, ct);
                if (absent)
                {
                    LogClaimsAgain(logger);
                }
                return claimed;
            }
            catch (Exception failure) when (StoreAbsence.Is(failure, ct))
            {
                if (!absent)
                {
                    LogCannotClaim(logger, failure.Message);
                }
                absent = true;
            }
            await Task.Delay(pause, time, ct);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    [LoggerMessage(3033, LogLevel.Warning, "No jobs can be claimed for now; the worker keeps trying. {Reason}")]
    static partial void LogCannotClaim(ILogger logger, string reason);

    [LoggerMessage(3034, LogLevel.Information, "Jobs can be claimed again.")]
    static partial void LogClaimsAgain(ILogger logger);
}
