namespace AiPlatform.LlmWorker.Providers;

/// <summary>A time limit, and the setting it is from.</summary>
readonly record struct TimeLimit(TimeSpan Time, string Setting);

/// <summary>How long a provider may take: to accept a connection, to its first token, between tokens, and for a whole answer.</summary>
sealed record ChatLimits(TimeLimit Connect, TimeLimit FirstToken, TimeLimit Idle, TimeLimit Total)
{
    public static ChatLimits Of(LlmOptions options) => new(
        new(options.ConnectTimeout, "LLM_CONNECT_TIMEOUT"),
        new(options.FirstTokenTimeout, "LLM_FIRST_TOKEN_TIMEOUT"),
        new(options.IdleTimeout, "LLM_IDLE_TIMEOUT"),
        new(options.Timeout, "LLM_TIMEOUT"));
}
