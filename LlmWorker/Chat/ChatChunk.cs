using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>What is read of a chunk of a streamed answer, or of a whole answer from a server that does not stream.</summary>
sealed record ChatChunk
{
    public string? Id { get; init; }
    public string? Model { get; init; }
    public IReadOnlyList<ChatChoice>? Choices { get; init; }
    public JsonElement? Usage { get; init; }

    /// <summary>Servers report errors in the stream, and some with status 200.</summary>
    public JsonElement? Error { get; init; }
}

sealed record ChatChoice
{
    public int Index { get; init; }

    /// <summary>Of a stream.</summary>
    public ChatDelta? Delta { get; init; }

    /// <summary>Of a whole answer.</summary>
    public ChatDelta? Message { get; init; }

    public string? FinishReason { get; init; }

    /// <summary>Of the tokens of this part.</summary>
    public JsonElement? Logprobs { get; init; }
}

sealed record ChatDelta
{
    public string? Content { get; init; }

    /// <summary>OpenAI's words in place of content where the model declines.</summary>
    public string? Refusal { get; init; }

    /// <summary>What the model thinks, not part of the answer; older servers call it <see cref="ReasoningContent"/>.</summary>
    public string? Reasoning { get; init; }

    public string? ReasoningContent { get; init; }
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }
}

/// <summary>A part of a tool call in a stream, or a whole one.</summary>
sealed record ToolCall
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    public string? Id { get; init; }
    public string? Type { get; init; }
    public ToolFunction? Function { get; init; }
}

sealed record ToolFunction
{
    public string? Name { get; init; }

    /// <summary>JSON, as text.</summary>
    public string? Arguments { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(IReadOnlyList<ToolCall>))]
[JsonSerializable(typeof(string))]
sealed partial class ChatJson : JsonSerializerContext;
