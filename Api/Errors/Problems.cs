using System.Diagnostics;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace AiPlatform.Api.Errors;

/// <summary>Every error answer: its code, status and words.</summary>
static class Problems
{
    /// <summary>Of what a caller is allowed, so much is told.</summary>
    const int MostTold = 10;

    static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);
    static readonly TimeSpan ProviderRetry = TimeSpan.FromSeconds(30);
    static readonly TimeSpan QuotaRetry = TimeSpan.FromSeconds(30);
    static readonly TimeSpan StreamRetry = TimeSpan.FromSeconds(1);

    public static ProblemResult NotJson(string detail) => Of(Status400BadRequest, ErrorCodes.NotJson, "The body is not JSON.", detail);

    public static ProblemResult BadRequest(string detail) => Of(Status400BadRequest, ErrorCodes.BadRequest, "The request is broken.", detail);

    public static ProblemResult Unauthorized(string detail) =>
        Of(Status401Unauthorized, ErrorCodes.Unauthorized, "A valid token is required.", detail);

    public static ProblemResult NoLongerIn() =>
        Unauthorized("The token was revoked or has ended, or what it may see was changed, while this request was open. Ask again with one that is valid.");

    public static ProblemResult Forbidden(string detail) => Of(Status403Forbidden, ErrorCodes.Forbidden, "The caller may not do this.", detail);

    public static ProblemResult Forbidden(InputErrors errors) => new(new Problem
    {
        Status = Status403Forbidden,
        Code = ErrorCodes.Forbidden,
        Title = "The caller may not do this.",
        // OpenAI's form has no room for errors by field.
        Detail = string.Join(' ', errors.ByField.Take(4).SelectMany(field => field.Value.Select(message => $"{field.Key} {message}"))),
        Errors = errors.ByField,
    });

    public static ProblemResult OverLimit(string detail, TimeSpan retryAfter) =>
        Of(Status429TooManyRequests, ErrorCodes.OverLimit, "A limit is reached.", detail + " Nothing was done.", retryAfter);

    public static ProblemResult NoSuchCaller(string name) => NotFound($"There is no caller '{Shown.Name(name)}'.");

    public static ProblemResult NoSuchToken(string caller, Guid id) => NotFound($"The caller '{Shown.Name(caller)}' has no token {id} that is not revoked.");

    public static ProblemResult CallerConflict(string detail) => Of(Status409Conflict, ErrorCodes.CallerConflict, "The caller does not allow it.", detail);

    public static ProblemResult NoSuchOwner(string tenant, string owner) => NotFound($"The tenant '{Shown.Name(tenant)}' has no owner service '{Shown.Name(owner)}'.");

    public static ProblemResult OwnerInUse(string owner, string reason) => Of(
        Status409Conflict, ErrorCodes.OwnerInUse, "The owner service is in use.", $"The owner service '{Shown.Name(owner)}' stays the tenant's: {reason}");

    /// <summary>Of what a caller names that is not its own, whether or not there is such a thing.</summary>
    public static ProblemResult NotAllowed(string field, string word, Caller caller, IEnumerable<string> allowed)
    {
        var errors = new InputErrors();
        errors.Add(field, NotAllowed(word, caller, allowed));
        return Forbidden(errors);
    }

    public static string NotAllowed(string word, Caller caller, IEnumerable<string> allowed)
    {
        var told = allowed.Take(MostTold + 1).ToList();
        if (told.Count > MostTold)
            told[MostTold] = "…";
        return $"{Shown.Before($"'{word}'")}is not allowed for the caller '{caller.Name}'; {Shown.Allowed(told)}";
    }

    /// <summary>Of an owner service that the caller speaks for and another tenant holds: its registration is wrong.</summary>
    public static ProblemResult OwnerOfOtherTenant(string ownerService) => Of(
        Status403Forbidden, ErrorCodes.Forbidden, "The caller may not do this.",
        $"The owner service '{Shown.Name(ownerService)}' does not belong to the caller's tenant. An administrator has to change one of them.");

    public static ProblemResult NoSuchJob(Guid id) => NotFound($"There is no job {id}.");

    public static ProblemResult NoSuchModel(string detail) => new(new Problem
    {
        Status = Status404NotFound,
        Code = ErrorCodes.ModelNotFound,
        Title = "There is no such model.",
        Detail = detail,
        Errors = new Dictionary<string, IReadOnlyList<string>> { ["model"] = [detail] },
    });

    public static ProblemResult NoSuchFile(string id) => NotFound($"There is no file '{Shown.Name(id)}'.");

    public static ProblemResult NoSuchShare(string owner) => NotFound($"Nothing is said of the owner '{Shown.Name(owner)}'.");

    public static ProblemResult NoSuchBatch(string id) => NotFound($"There is no batch '{Shown.Name(id)}'.");

    public static ProblemResult FileInUse(string id) => Of(
        Status409Conflict, ErrorCodes.InvalidState, "The file is in use.", $"A batch that has not ended reads the file '{id}'; cancel that first.");

    public static ProblemResult BatchEnded(string id, string status) => Of(
        Status409Conflict, ErrorCodes.InvalidState, "The batch's status does not allow it.",
        $"Batch {id} is {status}; only validating and in_progress batches can be cancelled.");

    public static ProblemResult NoSuchRoute(string method, string path) => NotFound($"There is no route {Shown.Name(method)} {path}.");

    public static ProblemResult MethodNotAllowed(string method, string path) =>
        Of(Status405MethodNotAllowed, ErrorCodes.MethodNotAllowed, "The method is not allowed.", $"{path} does not take {Shown.Name(method)}.");

    public static ProblemResult RequestTimeout() =>
        Of(Status408RequestTimeout, ErrorCodes.RequestTimeout, "The request came too slowly.", "The body was not received in time.");

    public static ProblemResult UploadLapsed() => Of(
        Status408RequestTimeout, ErrorCodes.RequestTimeout, "The request came too slowly.",
        "Nothing of the upload came for so long that what had come of it was removed. Send it again.");

    public static ProblemResult TooLarge() =>
        Of(Status413PayloadTooLarge, ErrorCodes.TooLarge, "The body is too large.", $"A body may have at most {Limits.MostBodyBytes} bytes (8 MiB).");

    public static ProblemResult UriTooLong(int bytes) => Of(
        Status414UriTooLong, ErrorCodes.UriTooLong, "The address is too long.", $"Path and query may have at most {Limits.LongestTarget} bytes, not {bytes}.");

    public static ProblemResult HeadersTooLarge() => Of(
        Status431RequestHeaderFieldsTooLarge, ErrorCodes.HeadersTooLarge, "The headers are too large.",
        $"A request may have at most {Limits.MostHeaders} headers of {Limits.MostHeaderBytes} bytes together (32 KiB).");

    public static ProblemResult UnsupportedMediaType() => Of(
        Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "The body has the wrong type.",
        "The Content-Type must be application/json, in UTF-8.");

    public static ProblemResult FormExpected() => Of(
        Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "The body has the wrong type.",
        "The Content-Type must be multipart/form-data, with its boundary.");

    public static ProblemResult UnsupportedMediaType(IEnumerable<string> allowed) => Of(
        Status415UnsupportedMediaType, ErrorCodes.UnsupportedMediaType, "The body has the wrong type.", $"The Content-Type is not one of {string.Join(", ", allowed)}.");

    public static ProblemResult AudioTooLarge(int mostMegabytes) => Of(
        Status413PayloadTooLarge, ErrorCodes.TooLarge, "The audio is too large.", $"Audio may have at most {mostMegabytes} MiB (AUDIO_UPLOAD_MAX_MB).");

    public static ProblemResult OverQuota(string owner, int mostMegabytes, long bytes, TimeSpan freed) => Of(
        Status429TooManyRequests, ErrorCodes.OverQuota, "The quota is used up.",
        $"The owner '{Shown.Name(owner)}' keeps {bytes / 1024 / 1024} MiB of audio, and this would make it more than {mostMegabytes} MiB (AUDIO_UPLOAD_QUOTA_MB). "
        + "Remove some, or wait until some has expired.",
        freed > QuotaRetry ? freed : QuotaRetry);

    public static ProblemResult OverFileQuota(string owner, long most, long bytes, TimeSpan freed) => Of(
        Status429TooManyRequests, ErrorCodes.OverQuota, "The quota is used up.",
        $"The owner '{Shown.Name(owner)}' keeps {bytes} bytes of files, and this would make it more than {most} (FILE_QUOTA_BYTES). "
        + "Remove some, or wait until some has expired.",
        freed > QuotaRetry ? freed : QuotaRetry);

    public static ProblemResult NoSuchAudio(Guid id) => NotFound($"There is no audio {id}; it may have expired.");

    public static ProblemResult NoTranscript(JobView job) => NotFound(
        $"Job {job.Id} is of the task type '{Shown.Name(job.TaskType)}'; transcripts have {string.Join(" and ", TranscriptionInputs.TaskTypes)}.");

    public static ProblemResult TranscriptNotFinished(JobView job) => new(new Problem
    {
        Status = Status409Conflict,
        Code = ErrorCodes.NotFinished,
        Title = "The job has not ended.",
        Detail = $"Job {job.Id} is {Wire.Word(job.Status)}; its transcript is there when it is completed. GET /api/v1/jobs/{job.Id}?wait=30s waits for that.",
        JobId = job.Id,
    });

    public static ProblemResult NoTranscriptOfEnded(JobView ended) => Of(
        Status409Conflict, ErrorCodes.InvalidState, "The job's status does not allow it.", $"Job {ended.Id} is {Wire.Word(ended.Status)}; only completed jobs have a transcript.");

    public static ProblemResult TranscriptUnreadable(JobView job) => Of(
        Status409Conflict, ErrorCodes.InvalidState, "The job's status does not allow it.",
        $"The result of job {job.Id} is not in the form of a transcription; GET /api/v1/jobs/{job.Id} has it as it is.");

    public static ProblemResult FileTooLarge(long most) => Of(
        Status413PayloadTooLarge, ErrorCodes.TooLarge, "The file is too large.", $"A file may have at most {most} bytes (FILE_MAX_BYTES).");

    public static ProblemResult Invalid(InputErrors errors) => new(new Problem
    {
        Status = Status422UnprocessableEntity,
        Code = errors.Code ?? ErrorCodes.Invalid,
        Title = "The request is not valid.",
        Detail = errors.Summary,
        Errors = errors.ByField,
    });

    public static ProblemResult Invalid(string field, string message)
    {
        var errors = new InputErrors();
        errors.Add(field, message);
        return Invalid(errors);
    }

    public static ProblemResult IdempotencyConflict() => Of(
        Status409Conflict, ErrorCodes.IdempotencyConflict, "The idempotency key is taken.",
        "The same owner used this idempotency key for another job. Nothing was created.");

    public static ProblemResult BatchKeyConflict() => Of(
        Status409Conflict, ErrorCodes.IdempotencyConflict, "The idempotency key is taken.",
        "The same owner used this idempotency key for another batch. Nothing was created.");

    public static ProblemResult IdempotencyConflict(IEnumerable<int> places) => Of(
        Status409Conflict, ErrorCodes.IdempotencyConflict, "The idempotency key is taken.",
        $"The idempotency keys of {string.Join(", ", places.Take(20).Select(place => $"jobs[{place}]"))} "
        + "were used for other jobs by the same owner. Nothing was created.");

    public static ProblemResult LeaseLost(Guid id) => Of(
        Status409Conflict, ErrorCodes.LeaseLost, "The lease is lost.",
        $"The lease token is not, or no longer, that of job {id}. Nothing was changed; stop working on it.");

    public static ProblemResult InvalidState(JobView job, string change, string allowed) => Of(
        Status409Conflict, ErrorCodes.InvalidState, "The job's status does not allow it.",
        $"Job {job.Id} is {Wire.Word(job.Status)}; only {allowed} jobs can be {change}.");

    public static ProblemResult StoreUnavailable() => Of(
        Status503ServiceUnavailable, ErrorCodes.StoreUnavailable, "The store cannot be reached.",
        "Nothing was done, or is known to be done. Try again.", StoreRetry);

    public static ProblemResult TookTooLong(TimeSpan time) => Of(
        Status503ServiceUnavailable, ErrorCodes.TookTooLong, "There was no answer in time.",
        FormattableString.Invariant($"There was no answer within {time.TotalSeconds:0.###} s (HTTP_REQUEST_TIMEOUT, and what the route may take besides). It is not known whether anything was done. Try again; ")
        + "an Idempotency-Key has it done once.",
        StoreRetry);

    public static ProblemResult ProviderUnconfigured(string detail) =>
        Of(Status503ServiceUnavailable, ErrorCodes.ProviderUnconfigured, "No provider serves this.", detail, ProviderRetry);

    public static ProblemResult ChatTimeout(Guid job, string detail) =>
        For(job, Status504GatewayTimeout, ErrorCodes.Timeout, "It took too long.", detail);

    /// <summary>For a stream whose run broke off: it cannot begin a second time.</summary>
    public static ProblemResult Restarted(Guid job) => For(
        job, Status502BadGateway, ErrorCodes.ProviderError, "The model provider failed.",
        $"The run of job {job} behind this stream broke off and the job begins anew: what was sent is void. Ask again.");

    /// <summary>For a stream whose process ends before it.</summary>
    public static ProblemResult Stopping(Guid job) => For(
        job, Status503ServiceUnavailable, ErrorCodes.Stopping, "The service stops.",
        $"The process that sent this stream stops before job {job} has ended. Ask again.", retryAfter: StreamRetry);

    /// <summary>For a stream of which pieces are missing.</summary>
    public static ProblemResult StreamBroken(Guid job) => For(
        job, Status503ServiceUnavailable, ErrorCodes.StreamBroken, "The stream was broken.",
        $"Pieces of the text were lost with Redis on their way; job {job} has it whole. Ask again, or read the job.", retryAfter: StreamRetry);

    public static ProblemResult Internal() => Of(
        Status500InternalServerError, ErrorCodes.Internal, "The service failed.",
        "This is a defect of the service; its log has the reason under the trace id.");

    /// <summary>What a caller who waited for a job is told when it ended without a result.</summary>
    public static ProblemResult Of(JobView job) => job switch
    {
        { Status: JobStatus.Cancelled } =>
            For(job.Id, Status409Conflict, ErrorCodes.Cancelled, "The job was cancelled.", "It was cancelled while its caller waited."),
        { Status: JobStatus.Failed, Error: { } error } => Of(job.Id, error),
        _ => throw new UnreachableException($"Job {job.Id} is {job.Status}."),
    };

    static ProblemResult Of(Guid job, JobError error)
    {
        var (status, code, title) = error.Category switch
        {
            ErrorCategories.InvalidInput or ErrorCategories.AudioUnreadable or ErrorCategories.AudioTooLong =>
                (Status422UnprocessableEntity, ErrorCodes.Invalid, "The request is not valid."),
            ErrorCategories.AudioUrlForbidden => (Status422UnprocessableEntity, ErrorCodes.AudioUrlForbidden, "The request is not valid."),
            ErrorCategories.InputRejected => (Status422UnprocessableEntity, ErrorCodes.Invalid, "The model provider refused the request."),
            ErrorCategories.ProviderUnconfigured => (Status503ServiceUnavailable, ErrorCodes.ProviderUnconfigured, "No provider serves this."),
            ErrorCategories.ProvidersExhausted => (Status503ServiceUnavailable, ErrorCodes.ProvidersExhausted, "No model can answer now."),
            ErrorCategories.ProviderTimeout or ErrorCategories.DeadlineExceeded => (Status504GatewayTimeout, ErrorCodes.Timeout, "It took too long."),
            ErrorCategories.ProviderError => (Status502BadGateway, ErrorCodes.ProviderError, "The model provider failed."),
            ErrorCategories.ProviderRejected => (Status502BadGateway, ErrorCodes.ProviderError, "The model provider refused the request."),
            _ => (Status502BadGateway, ErrorCodes.JobFailed, "The job failed."),
        };
        var retry = status == Status503ServiceUnavailable ? ProvidersRest.In(error.Message) ?? ProviderRetry : (TimeSpan?)null;
        return For(job, status, code, title, error.Message, error.Category, retry);
    }

    static ProblemResult NotFound(string detail) => Of(Status404NotFound, ErrorCodes.NotFound, "Not found.", detail);

    static ProblemResult Of(int status, string code, string title, string detail, TimeSpan? retryAfter = null) =>
        new(new Problem { Status = status, Code = code, Title = title, Detail = detail }) { RetryAfter = retryAfter };

    static ProblemResult For(Guid job, int status, string code, string title, string detail, string? category = null, TimeSpan? retryAfter = null) =>
        new(new Problem { Status = status, Code = code, Title = title, Detail = detail, JobId = job, Category = category })
        {
            RetryAfter = retryAfter,
        };
}
