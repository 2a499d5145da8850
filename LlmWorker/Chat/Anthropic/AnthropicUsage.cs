using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>Tokens as Anthropic counts them: those of the prompt that were cached are counted apart.</summary>
sealed record AnthropicUsage
{
    public long? InputTokens { get; init; }
    public long? CacheCreationInputTokens { get; init; }
    public long? CacheReadInputTokens { get; init; }

    /// <summary>So far.</summary>
    public long? OutputTokens { get; init; }

    /// <summary>The end of a message need not repeat what its start said.</summary>
    public static AnthropicUsage? Latest(AnthropicUsage? start, AnthropicUsage? end) => end is null ? start : new AnthropicUsage
    {
        InputTokens = end.InputTokens ?? start?.InputTokens,
        CacheCreationInputTokens = end.CacheCreationInputTokens ?? start?.CacheCreationInputTokens,
        CacheReadInputTokens = end.CacheReadInputTokens ?? start?.CacheReadInputTokens,
        OutputTokens = end.OutputTokens ?? start?.OutputTokens,
    };

    public JsonElement AsOpenAi()
    {
        var prompt = (InputTokens ?? 0) + (CacheCreationInputTokens ?? 0) + (CacheReadInputTokens ?? 0);
        var usage = new OpenAiUsage(prompt, OutputTokens ?? 0, prompt + (OutputTokens ?? 0), new CachedTokens(CacheReadInputTokens ?? 0));
        return JsonSerializer.SerializeToElement(usage, AnthropicJson.Default.OpenAiUsage);
    }
}

sealed record OpenAiUsage(long PromptTokens, long CompletionTokens, long TotalTokens, CachedTokens PromptTokensDetails);

sealed record CachedTokens([property: JsonPropertyName("cached_tokens")] long Tokens);
