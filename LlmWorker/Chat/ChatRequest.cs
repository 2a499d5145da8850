using System.Runtime.InteropServices;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>A job's input, fit to be sent.</summary>
sealed class ChatRequest
{
    const int UsualTokens = 256;
    const int MostExpectedTokens = 4096;
    const int BytesPerToken = 4;

    ChatRequest(JsonElement input, ChatPrefix? prefix) => (Input, Prefix) = (input, prefix);

    public JsonElement Input { get; }

    /// <summary>The beginning of the answer, which the model is to go on with; null for an answer from its beginning.</summary>
    public ChatPrefix? Prefix { get; }

    /// <summary>The longest answer that the caller wants; null where it does not say.</summary>
    public int? MostTokens => Number("max_completion_tokens") ?? Number("max_tokens");

    /// <summary>The same, to be gone on with.</summary>
    public ChatRequest After(ChatPrefix? prefix) => new(Input, prefix) { NeedsText = NeedsText };

    /// <summary>Whether an answer without text is of no use.</summary>
    public bool NeedsText { get; private init; }

    /// <summary>How many choices the caller wants.</summary>
    public int Choices => Number("n") ?? 1;

    /// <summary>False where the caller wants an answer of the job's own group or none.</summary>
    public bool MayFallBack => ChatInput.Given(Input, "fallback") is not { ValueKind: JsonValueKind.False };

    /// <summary>How long an answer to reckon with when choosing a server.</summary>
    public int ExpectedTokens => Math.Clamp(MostTokens ?? UsualTokens, 1, MostExpectedTokens);

    /// <summary>About as many tokens has what the model is given.</summary>
    public int PromptTokens => (JsonMarshal.GetRawUtf8Value(Input).Length + (Prefix?.Text.Length ?? 0)) / BytesPerToken;

    /// <param name="problem">What is wrong with the input; null where it can be sent.</param>
    public static ChatRequest? TryCreate(JsonElement? input, out string? problem)
    {
        problem = ChatInput.Problem(input);
        return problem is null && input is { } checkedInput ? new ChatRequest(checkedInput, null) : null;
    }

    /// <param name="input">As this worker has made it, with <c>messages</c>.</param>
    public static ChatRequest ForText(JsonElement input) => new(input, null) { NeedsText = true };

    int? Number(string field) =>
        ChatInput.Given(Input, field) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;
}
