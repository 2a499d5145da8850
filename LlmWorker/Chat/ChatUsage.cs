using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>Reads servers' usage objects.</summary>
static class ChatUsage
{
    public const string Prompt = "prompt_tokens";
    public const string Completion = "completion_tokens";
    const string Total = "total_tokens";

    public static long? Count(JsonElement? usage, string name) =>
        usage is { ValueKind: JsonValueKind.Object } counts
        && counts.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count)
            ? count
            : null;

    /// <summary>Such as <c>prompt_tokens_details.cached_tokens</c>; null where the server does not say.</summary>
    public static long? Detail(JsonElement? usage, string details, string name) =>
        usage is { ValueKind: JsonValueKind.Object } counts && counts.TryGetProperty(details, out var inner) ? Count(inner, name) : null;

    /// <summary>The tokens of the prompt that were not in the server's cache.</summary>
    public static long? Read(JsonElement? usage) => Count(usage, Prompt) is { } prompt
        ? Math.Max(0, prompt - (usage!.Value.TryGetProperty("prompt_tokens_details", out var details) ? Count(details, "cached_tokens") ?? 0 : 0))
        : null;

    /// <summary>What a call used together with those whose answer it went on with: all that was said, and the prompt once. To the last server, that
    /// answer was a part of the prompt.</summary>
    public static JsonElement? Sum(JsonElement? last, ChatPrefix before)
    {
        if (Count(last, Prompt) is not { } prompt || Count(last, Completion) is not { } completion)
        {
            return last;
        }
        var sum = JsonObject.Create(last!.Value)!;
        prompt = before.PromptTokens ?? Math.Max(prompt - before.Tokens, 0);
        completion += before.Tokens;
        (sum[Prompt], sum[Completion], sum[Total]) = (prompt, completion, prompt + completion);
        return JsonElement.Parse(sum.ToJsonString());
    }
}
