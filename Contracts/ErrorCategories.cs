using System.Collections.Frozen;

namespace AiPlatform.Contracts;

/// <summary>The closed list of error categories that the built-in workers and the queue store. External workers may store their own words.</summary>
public static class ErrorCategories
{
    /// <summary>The job's input does not fit its task type. Not retried.</summary>
    public const string InvalidInput = "invalid_input";

    /// <summary>No provider is configured for the job's profile. Not retried.</summary>
    public const string ProviderUnconfigured = "provider_unconfigured";

    /// <summary>The provider could not be reached, broke off, or answered with an error of its own. Retried.</summary>
    public const string ProviderError = "provider_error";

    /// <summary>The provider did not answer in time. Retried.</summary>
    public const string ProviderTimeout = "provider_timeout";

    /// <summary>The provider refused the key, the model's name or the address (401, 403, 404, a redirect), whatever was sent. Not retried.</summary>
    public const string ProviderRejected = "provider_rejected";

    /// <summary>The provider refused what was sent, and would refuse it again (400, 413, 415, 422), or cannot be asked for it. Not retried.</summary>
    public const string InputRejected = "input_rejected";

    /// <summary>None of several models could answer: each failed or rests after failures. Retried.</summary>
    public const string ProvidersExhausted = "providers_exhausted";

    /// <summary>The worker stopped renewing its lease. The job is run again without spending an attempt.</summary>
    public const string LeaseLost = "lease_lost";

    /// <summary>The deadline passed before the job could finish. Not retried.</summary>
    public const string DeadlineExceeded = "deadline_exceeded";

    /// <summary>The audio could not be fetched or decoded. Not retried.</summary>
    public const string AudioUnreadable = "audio_unreadable";

    /// <summary>The audio is longer than is accepted. Not retried.</summary>
    public const string AudioTooLong = "audio_too_long";

    /// <summary>An <c>audio_url</c> leads, itself or by a redirect, where it may not. Not retried.</summary>
    public const string AudioUrlForbidden = "audio_url_forbidden";

    /// <summary>The worker itself failed in a way nobody foresaw. Retried.</summary>
    public const string WorkerError = "worker_error";

    static readonly FrozenDictionary<string, bool> Retried = new Dictionary<string, bool>
    {
        [InvalidInput] = false,
        [ProviderUnconfigured] = false,
        [ProviderError] = true,
        [ProviderTimeout] = true,
        [ProviderRejected] = false,
        [InputRejected] = false,
        [ProvidersExhausted] = true,
        [LeaseLost] = true,
        [DeadlineExceeded] = false,
        [AudioUnreadable] = false,
        [AudioTooLong] = false,
        [AudioUrlForbidden] = false,
        [WorkerError] = true,
    }.ToFrozenDictionary();

    public static IReadOnlyList<string> All => Retried.Keys;

    /// <summary>Whether a failed attempt of this category is tried again while attempts remain; a category not in the list is.</summary>
    public static bool IsRetried(string category) => !Retried.TryGetValue(category, out var retried) || retried;
}
