namespace AiPlatform.Contracts;

/// <summary>The stable <c>code</c> of a problem answer. Codes are added, never renamed.</summary>
public static class ErrorCodes
{
    /// <summary>400: the body is not JSON.</summary>
    public const string NotJson = "not_json";

    /// <summary>401: no token, or a wrong one.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>403: the caller may not do this: its role, owner services or task types do not allow it.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>403, over TLS: the connection shows no certificate of an authority of <c>HTTP_TLS_CLIENT_CA_FILE</c>.</summary>
    public const string CertificateRequired = "certificate_required";

    /// <summary>404: no such job, or no such route.</summary>
    public const string NotFound = "not_found";

    /// <summary>404, under <c>/v1</c>: no worker serves the model.</summary>
    public const string ModelNotFound = "model_not_found";

    /// <summary>405: the route exists, but not for this method.</summary>
    public const string MethodNotAllowed = "method_not_allowed";

    /// <summary>400: the request itself is broken, such as a body that ends early.</summary>
    public const string BadRequest = "bad_request";

    /// <summary>408: the body came too slowly.</summary>
    public const string RequestTimeout = "request_timeout";

    /// <summary>409: the lease token is not, or no longer, the job's.</summary>
    public const string LeaseLost = "lease_lost";

    /// <summary>409: the idempotency key was used with another body.</summary>
    public const string IdempotencyConflict = "idempotency_conflict";

    /// <summary>409: the job's status does not allow it.</summary>
    public const string InvalidState = "invalid_state";

    /// <summary>413: the body is over the limit.</summary>
    public const string TooLarge = "too_large";

    /// <summary>414: path and query are over the limit.</summary>
    public const string UriTooLong = "uri_too_long";

    /// <summary>431: the headers are over the limit.</summary>
    public const string HeadersTooLarge = "headers_too_large";

    /// <summary>415: the body must be application/json.</summary>
    public const string UnsupportedMediaType = "unsupported_media_type";

    /// <summary>422: <c>audio_url</c> leads where the service does not go; <c>errors</c> says why.</summary>
    public const string AudioUrlForbidden = "audio_url_forbidden";

    /// <summary>409: the job has not ended, and what was asked for is made at its end.</summary>
    public const string NotFinished = "not_finished";

    /// <summary>429: the owner keeps as much as it may; try again after Retry-After, or remove some.</summary>
    public const string OverQuota = "over_quota";

    /// <summary>409: the caller to be changed, or made, does not allow it.</summary>
    public const string CallerConflict = "caller_conflict";

    /// <summary>409: the owner service cannot be taken from its tenant: callers name it, or something of it is kept.</summary>
    public const string OwnerInUse = "owner_in_use";

    /// <summary>429: the caller, or its address, has reached a limit; nothing was done. Try again after Retry-After.</summary>
    public const string OverLimit = "over_limit";

    /// <summary>422: <c>errors</c> names each field, its value and what is allowed.</summary>
    public const string Invalid = "invalid";

    /// <summary>502: the model provider failed or refused.</summary>
    public const string ProviderError = "provider_error";

    /// <summary>502: the job failed, and not because of the provider; <c>category</c> says why.</summary>
    public const string JobFailed = "job_failed";

    /// <summary>503: no provider is configured, or none serves the profile.</summary>
    public const string ProviderUnconfigured = "provider_unconfigured";

    /// <summary>503: none of the models could answer now; try again after Retry-After.</summary>
    public const string ProvidersExhausted = "providers_exhausted";

    /// <summary>503: the store cannot be reached; try again after Retry-After.</summary>
    public const string StoreUnavailable = "store_unavailable";

    /// <summary>503: there was no answer in time, and whether it was done is not known; try again after Retry-After.</summary>
    public const string TookTooLong = "took_too_long";

    /// <summary>503: the process that served the stream stops; another one serves whoever asks again.</summary>
    public const string Stopping = "stopping";

    /// <summary>503: a part of a stream was lost on its way; the job has the answer whole.</summary>
    public const string StreamBroken = "stream_broken";

    /// <summary>504: the model provider, or the queue before it, took too long.</summary>
    public const string Timeout = "timeout";

    /// <summary>409: the job was cancelled while its caller waited.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>500: a defect of the service; the log has it under the trace id.</summary>
    public const string Internal = "internal";
}
