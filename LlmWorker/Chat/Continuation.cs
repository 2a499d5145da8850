using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>Which answers another call can go on with: plain text that nothing but the messages has shaped.</summary>
static class Continuation
{
    // They shape the answer from its beginning, or tell more of it than its text.
    static readonly string[] Shaping =
    [
        "logprobs", "top_logprobs", "prompt_logprobs", "continue_final_message", "add_generation_prompt", "echo", "structured_outputs", "guided_json",
        "guided_regex", "guided_choice", "guided_grammar", "guided_decoding_backend",
    ];

    // Models whose server does not tell thoughts from text.
    const string Thought = "<think";

    /// <returns>Null where the answer would not be the same as in one piece.</returns>
    public static ChatPrefix? Of(ChatRequest request, string text, int tokens, long? promptTokens, int continued) =>
        IsPlain(request.Input) && text.AsSpan().Trim() is { Length: > 0 } said && !said.StartsWith(Thought, StringComparison.OrdinalIgnoreCase)
        && !(request.MostTokens <= tokens)
            ? new ChatPrefix(text, tokens, promptTokens, continued)
            : null;

    static bool IsPlain(JsonElement input) =>
        !Shaping.Any(field => ChatInput.Given(input, field) is { ValueKind: not JsonValueKind.False })
        && (ChatInput.Given(input, "response_format") is not { } format || Is(format, "type", "text"))
        && ChatInput.Given(input, "tool_choice") is not { ValueKind: JsonValueKind.Object }
        && !(ChatInput.Given(input, "tool_choice") is { ValueKind: JsonValueKind.String } choice && choice.ValueEquals("required"))
        && (ChatInput.Given(input, "n") is not { } count || (count.ValueKind == JsonValueKind.Number && count.TryGetInt32(out var n) && n == 1));

    static bool Is(JsonElement value, string field, string word) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(field, out var text) && text.ValueKind == JsonValueKind.String && text.ValueEquals(word);
}
