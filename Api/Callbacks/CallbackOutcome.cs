namespace AiPlatform.Api.Callbacks;

/// <summary>What came of one call.</summary>
abstract record CallbackOutcome
{
    CallbackOutcome()
    {
    }

    public sealed record Delivered : CallbackOutcome;

    /// <param name="Reason">The end of a sentence about the host. Never more of the URL than that.</param>
    /// <param name="Type">For metrics; from a closed list, or a status code.</param>
    /// <param name="IsFinal">Another call would end the same.</param>
    /// <param name="RetryAfter">How long the receiver asked to be left alone.</param>
    public sealed record Failed(string Reason, string Type, bool IsFinal = false, TimeSpan? RetryAfter = null) : CallbackOutcome;
}
