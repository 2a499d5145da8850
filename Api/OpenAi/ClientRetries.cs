using System.Security.Cryptography;
using System.Text;
using AiPlatform.Api.Access;
using AiPlatform.Api.Chat;
using AiPlatform.Api.Errors;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.OpenAi;

/// <summary>
/// Finds the job of a call that its client makes again by itself: OpenAI's clients do so up to three times after a broken connection, a timeout of their
/// own and most errors, and each would be a generation more. Most of them say that it is a retry. .NET's does not: there a call counts as one where the
/// same call has just ended without an answer: its caller is gone, or its process, or it was answered with an error after which that client asks again. A call
/// beside one that is served is a call of its own.
/// </summary>
sealed class ClientRetries(RecentCalls calls, JobQueue queue, IOptions<ApiOptions> options, TimeProvider time)
{
    /// <summary>0 with the first call.</summary>
    const string CountHeader = "x-stainless-retry-count";

    /// <summary>There with every call of a client of OpenAI's.</summary>
    const string LanguageHeader = "x-stainless-lang";

    /// <summary>How long after a failure an unmarked call is taken for its retry: .NET's client retries three times within 6 s.</summary>
    static readonly TimeSpan UnmarkedRetry = TimeSpan.FromSeconds(30);

    /// <summary>How long after the first call, or after the end of its job, one that says so is taken for its retry.</summary>
    static readonly TimeSpan MarkedRetry = TimeSpan.FromMinutes(10);

    /// <summary>Beyond the longest wait for an answer.</summary>
    static readonly TimeSpan Spare = TimeSpan.FromMinutes(1);

    /// <summary>Of a call that makes something at once, how long before it the same call may have been made for this one to be its retry; null where it is
    /// none. What a client of OpenAI's does not mark counts as one only for as long as it retries.</summary>
    public static TimeSpan? EarlierBy(HttpRequest request) => request.Headers[CountHeader].ToString() switch
    {
        "0" => null,
        "" => IsOfClient(request) ? UnmarkedRetry : null,
        _ => MarkedRetry,
    };

    /// <summary>To be ended once it is known whether the caller has an answer.</summary>
    public async Task<RetriedCall> BeginAsync(HttpRequest request, NewJob job, CancellationToken cancellationToken)
    {
        var count = request.Headers[CountHeader].ToString();
        // A call with a key finds its job by that, for certain.
        if (job.IdempotencyKey is not null || (count.Length == 0 && !IsOfClient(request)))
            return RetriedCall.Unknown;
        var caller = RequestCaller.Of(request.HttpContext);
        var print = Print(caller.Caller, request, job);
        var kept = options.Value.WaitFor(job.TaskType) + Spare;
        var earlier = count == "0" ? null : await EarlierAsync(caller.Scope, print, kept, isMarked: count.Length > 0, cancellationToken);
        // It joins one that another call is responsible for.
        if (earlier is not null and not { State: CallState.Lost })
            return RetriedCall.Unknown with { Earlier = earlier.Job };
        var id = earlier?.Job ?? job.Id;
        await calls.BeginAsync(print, id, kept);
        return new RetriedCall(earlier?.Job, isAnswered => calls.EndAsync(print, id, isAnswered, kept));
    }

    async Task<RecentCall?> EarlierAsync(JobScope scope, string print, TimeSpan kept, bool isMarked, CancellationToken cancellationToken)
    {
        var known = await calls.FindAsync(print, kept);
        Guid? passed = null;
        // Those whose callers are gone come first: another's caller may have asked on its own account.
        foreach (var call in known.Where(call => isMarked || call.State == CallState.Lost).OrderBy(call => call.State != CallState.Lost))
        {
            // What was answered before a later call went wrong is not what is asked for again.
            if (call.State != CallState.Lost && passed > call.Job)
                continue;
            passed = passed > call.Job ? passed : call.Job;
            var isSame = await queue.GetAsync(scope, call.Job, cancellationToken) is { } earlier && IsSameCall(earlier, isMarked);
            // Of two that come at once one has it, and what is of no use is not looked at again.
            var isTaken = call.State == CallState.Lost && !await calls.TakeAsync(print, call.Job);
            if (isSame && !isTaken)
                return call;
        }
        return null;
    }

    bool IsSameCall(JobView earlier, bool isMarked) => earlier.Status switch
    {
        JobStatus.Completed => HasJustEnded(earlier, isMarked),
        // Called off as it took too long, it would again; else nobody waited for it any more.
        JobStatus.Cancelled => ChatDesk.RanOutOfTime(earlier) && HasJustEnded(earlier, isMarked),
        // What the client was told to try again later is tried again.
        JobStatus.Failed => Problems.Of(earlier).RetryAfter is null && HasJustEnded(earlier, isMarked),
        _ => true,
    };

    bool HasJustEnded(JobView earlier, bool isMarked) => time.GetUtcNow() - earlier.FinishedAt < (isMarked ? MarkedRetry : UnmarkedRetry);

    static bool IsOfClient(HttpRequest request) => request.Headers[LanguageHeader].ToString().Length > 0;

    /// <summary>Of the caller and everything that the caller chose.</summary>
    static string Print(Caller caller, HttpRequest request, NewJob job)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in (ReadOnlySpan<string?>)
        [
            caller.Name, request.Headers.Authorization, job.OwnerService, job.OwnerRef, job.ModelProfile, $"{job.Priority}", $"{job.Deadline:O}", (job.AsAsked ?? job.Input).GetRawText(),
        ])
        {
            var bytes = Encoding.UTF8.GetBytes(part ?? "");
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
