using System.Globalization;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

/// <summary>A call that did not succeed: the API refused it, its job failed, or no answer came. Texts never hold a token; of what was sent they show at most 64 characters of a
/// value that is wrong.</summary>
public sealed class AiPlatformException : Exception
{
    /// <summary>Of the wrong fields, so many are told in the message; all stand in <see cref="Errors"/>.</summary>
    const int MostToldFields = 5;

    /// <summary>For tests of what a caller does about a failure; the clients make their own.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/> or <see cref="ClientErrorCodes"/>.</param>
    public AiPlatformException(string message, string code, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>What went wrong, as a stable word: one of <see cref="ErrorCodes"/>, or of <see cref="ClientErrorCodes"/> where there is no answer that says it.</summary>
    public string Code { get; }

    /// <summary>The HTTP status; null where there was no answer, and of a job whose end a stream told.</summary>
    public int? Status { get; init; }

    /// <summary>What happened this time, for a person; null where the answer does not say.</summary>
    public string? Detail { get; init; }

    /// <summary>What is wrong with each field, by its JSON path (<c>jobs[3].priority</c>), query parameter or header; empty unless fields are wrong.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Errors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>When it makes sense to ask again; null where the service does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The job that the answer was to come from; null where there is none, or none is known.</summary>
    public Guid? JobId { get; init; }

    /// <summary>The error category of that job when it failed, such as one of <see cref="ErrorCategories"/>.</summary>
    public string? Category { get; init; }

    /// <summary>Finds the request in the service's traces and logs; null where there was no answer.</summary>
    public string? TraceId { get; init; }

    /// <summary>Whether the call failed for a reason that passes by itself, so that the same one may succeed later. The client has then tried for
    /// <see cref="AiPlatformClientOptions.RetryFor"/>, where repeating it was safe; where it was not, look first whether anything was done. Never so of a job that has
    /// ended, which would end as it did: another job may fare better, as <see cref="Code"/> and <see cref="Category"/> tell.</summary>
    public bool IsTransient
    {
        get => After != Trial.Useless;
        init => After = value ? Trial.Unsure : Trial.Useless;
    }

    internal Trial After { get; private init; }

    /// <param name="call">Such as <c>POST /api/v1/jobs</c>, without a query.</param>
    internal static AiPlatformException Of(string call, Problem problem, TimeSpan? retryAfter, Trial after)
    {
        var fields = problem.Errors ?? new Dictionary<string, IReadOnlyList<string>>();
        var told = fields.Take(MostToldFields).SelectMany(field => field.Value.Select(fault => $" {field.Key} {fault}"));
        var message = string.Create(CultureInfo.InvariantCulture, $"{call} was answered {problem.Status} {problem.Code}: {problem.Detail ?? problem.Title}");
        return new(message + string.Concat(told), problem.Code)
        {
            Status = problem.Status,
            Detail = problem.Detail,
            Errors = fields,
            RetryAfter = retryAfter,
            JobId = problem.JobId,
            Category = problem.Category,
            TraceId = problem.TraceId,
            After = after,
        };
    }

    internal static AiPlatformException Unexpected(string call, string what, int status, Trial after, TimeSpan? retryAfter = null) =>
        new($"{call}: {what}", ClientErrorCodes.UnexpectedAnswer) { Status = status, Detail = what, RetryAfter = retryAfter, After = after };

    internal static AiPlatformException NoAnswer(string call, string what, Trial after, Exception? cause = null) =>
        new($"{call}: {what}", ClientErrorCodes.NoAnswer, cause) { Detail = what, After = after };

    internal static AiPlatformException TimedOut(string call, TimeSpan limit, Exception? last = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"{call} had not ended after {limit.TotalSeconds:0.###} s.") + (last is null ? "" : $" Before: {last.Message}"),
        ClientErrorCodes.TimedOut, last ?? new TimeoutException())
    {
        Detail = string.Create(CultureInfo.InvariantCulture, $"It had not ended after {limit.TotalSeconds:0.###} s."),
        After = Trial.Unsure,
    };

    /// <summary>Of a job that ended without a result, by the same codes as a caller who waited for it is told.</summary>
    internal static AiPlatformException Of(JobView ended)
    {
        var code = ended switch
        {
            { Status: JobStatus.Cancelled } => ErrorCodes.Cancelled,
            { Error.Category: ErrorCategories.AudioUrlForbidden } => ErrorCodes.AudioUrlForbidden,
            {
                Error.Category: ErrorCategories.InvalidInput or ErrorCategories.InputRejected or ErrorCategories.AudioUnreadable or ErrorCategories.AudioTooLong
            } => ErrorCodes.Invalid,
            { Error.Category: ErrorCategories.ProviderUnconfigured } => ErrorCodes.ProviderUnconfigured,
            { Error.Category: ErrorCategories.ProvidersExhausted } => ErrorCodes.ProvidersExhausted,
            { Error.Category: ErrorCategories.ProviderTimeout or ErrorCategories.DeadlineExceeded } => ErrorCodes.Timeout,
            { Error.Category: ErrorCategories.ProviderError or ErrorCategories.ProviderRejected } => ErrorCodes.ProviderError,
            _ => ErrorCodes.JobFailed,
        };
        var detail = ended.Error?.Message ?? (ended.Status == JobStatus.Cancelled ? "It was cancelled." : "It failed.");
        return new($"Job {ended.Id}: {code}: {detail}", code) { Detail = detail, JobId = ended.Id, Category = ended.Error?.Category };
    }
}

/// <summary>Codes of <see cref="AiPlatformException"/> that are not the service's, as no answer of it says what happened.</summary>
public static class ClientErrorCodes
{
    /// <summary>No connection, or one that broke before the answer was whole.</summary>
    public const string NoAnswer = "no_answer";

    /// <summary>The call had not ended within its time; what was asked for may have been done.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>The answer is not one of this API: a proxy's, or that of another server at this address.</summary>
    public const string UnexpectedAnswer = "unexpected_answer";
}
