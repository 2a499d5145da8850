using System.Text.RegularExpressions;
using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>Tells a prompt that does not fit the model's context from other refusals: a larger model may take it.</summary>
static partial class ContextOverflow
{
    /// <summary>The <see cref="ProviderFailure.Type"/> of such a failure.</summary>
    public const string Type = "context_length";

    /// <param name="said">The server's words, as they came.</param>
    public static ProviderFailure Told(ProviderFailure failure, string said) =>
        failure.Category == ErrorCategories.ProviderRejected && Words.IsMatch(said) ? failure with { Type = Type } : failure;

    // OpenAI's and llama.cpp's codes; vLLM's "This model's maximum context length is 32768 tokens" and "longer than the maximum model length";
    // LM Studio's "the context length of only 4096", "greater than the context length" and "n_keep (15028) >= n_ctx (7424)"; Anthropic's "prompt is too long: 210000 tokens > 200000 maximum".
    [GeneratedRegex(
        "context_length_exceeded|exceed_context_size_error|maximum context length|maximum model length|exceeds the available context size|context length of only|greater than the context length|n_keep.{0,20}>= n_ctx|prompt is too long",
        RegexOptions.IgnoreCase)]
    static partial Regex Words { get; }
}
