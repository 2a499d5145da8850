using System.Text.Json;

namespace AiPlatform.Api.OpenAi;

/// <summary>One answer of a completion.</summary>
sealed record CompletionChoice(int Index, string? Content, JsonElement? ToolCalls, JsonElement? Logprobs, string FinishReason)
{
    /// <summary>Where the worker does not say why the answer ended.</summary>
    public const string Stopped = "stop";

    /// <param name="choice">An object in OpenAI's form.</param>
    /// <param name="place">Its index, where it does not say so itself.</param>
    public static CompletionChoice Of(JsonElement choice, int place)
    {
        var message = choice.Field("message") is { ValueKind: JsonValueKind.Object } given ? given : JsonElement.Parse("{}");
        var index = choice.Field("index") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var said) ? said : place;
        // In a stream, the words in which a model declines have come as its text.
        var content = message.Text("content") ?? message.Text("refusal");
        return new CompletionChoice(index, content, message.Objects("tool_calls"), choice.Field("logprobs"), choice.Text("finish_reason") ?? Stopped);
    }
}
