using System.ComponentModel.DataAnnotations;

namespace AiPlatform.LlmWorker.Agents;

/// <summary>How messages to agents are answered.</summary>
public sealed class AgentOptions
{
    /// <summary>What a person is told where no model could answer. The result marks it with <c>fallback</c>.</summary>
    /// <value>Default an apology in English; 1 to 2000 characters.</value>
    [ConfigurationKeyName("AGENT_FALLBACK_TEXT"), StringLength(2000, MinimumLength = 1)]
    public string FallbackText { get; set; } = "I am sorry, but I cannot answer right now. Please try again in a few minutes.";

    /// <summary>The longest an answer may take, over all models that are asked for it. The limits of the providers hold within it.</summary>
    /// <value>Default 2 min; 1 s to 1 h.</value>
    [ConfigurationKeyName("AGENT_TIMEOUT"), Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(2);
}
