using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.LlmWorker.Chat.Anthropic;

/// <summary>
/// Anthropic's events as OpenAI's chunks:
/// message_start (id, model, tokens of the prompt), then for each block content_block_start, content_block_delta…, content_block_stop, then
/// message_delta (why it ended, tokens of the answer) and message_stop; ping, and events yet unknown, anywhere; error ends it.
/// </summary>
/// <param name="isShaped">The answer is the arguments of the only tool.</param>
sealed class AnthropicReader(bool isShaped) : IChunkReader
{
    // By the index of their block.
    readonly Dictionary<int, Call> calls = [];
    string? id;
    string? model;
    AnthropicUsage? usage;

    public ChatChunk? Read(string eventType, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return null;
        }
        var said = JsonSerializer.Deserialize(data, AnthropicJson.Default.AnthropicEvent);
        return said?.Type switch
        {
            "message_start" => Started(said.Message),
            "content_block_start" when said.ContentBlock is { } block => BlockStarted(said.Index, block),
            "content_block_delta" when said.Delta is { } delta => Grown(said.Index, delta),
            "content_block_stop" => BlockEnded(said.Index),
            "message_delta" => Ended(said.Delta?.StopReason, said.Usage),
            "error" => new ChatChunk { Error = said.Error ?? JsonElement.Parse("{}") },
            _ => null,
        };
    }

    static string? FinishReason(string? stopReason) => stopReason switch
    {
        null => null,
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        // Only tools of Anthropic's own pause a turn, and none is ever asked for: whatever it was, the answer is not whole.
        "pause_turn" => "length",
        _ => "stop",
    };

    ChatChunk Started(AnthropicMessage? message)
    {
        (id, model, usage) = (message?.Id, message?.Model, message?.Usage);
        return Chunk();
    }

    ChatChunk? BlockStarted(int index, AnthropicBlock block)
    {
        if (block.Type != "tool_use")
        {
            return block.Text is { Length: > 0 } text ? Chunk(new ChatDelta { Content = text }) : null;
        }
        calls[index] = new Call(calls.Count);
        return isShaped ? null : Chunk(Part(calls[index], new ToolFunction { Name = block.Name, Arguments = "" }, block.Id));
    }

    ChatChunk? Grown(int index, AnthropicDelta delta) => delta switch
    {
        { Type: "text_delta", Text: { Length: > 0 } text } => isShaped ? null : Chunk(new ChatDelta { Content = text }),
        { Type: "input_json_delta", PartialJson: { Length: > 0 } json } when calls.TryGetValue(index, out var call) => Argument(call, json),
        { Type: "thinking_delta", Thinking: { Length: > 0 } thought } => Chunk(new ChatDelta { Reasoning = thought }),
        _ => null,
    };

    /// <summary>A call without arguments comes without any part of them.</summary>
    ChatChunk? BlockEnded(int index) => calls.TryGetValue(index, out var call) && !call.HasArguments ? Argument(call, "{}") : null;

    ChatChunk Argument(Call call, string json)
    {
        call.HasArguments = true;
        return Chunk(isShaped ? new ChatDelta { Content = json } : Part(call, new ToolFunction { Arguments = json }, null));
    }

    ChatChunk Ended(string? stopReason, AnthropicUsage? last)
    {
        usage = AnthropicUsage.Latest(usage, last);
        var finish = FinishReason(stopReason);
        return Chunk(new ChatDelta(), isShaped && finish == "tool_calls" ? "stop" : finish) with { Usage = usage?.AsOpenAi() };
    }

    ChatChunk Chunk(ChatDelta? delta = null, string? finishReason = null) =>
        new() { Id = id, Model = model, Choices = delta is null ? null : [new ChatChoice { Delta = delta, FinishReason = finishReason }] };

    static ChatDelta Part(Call call, ToolFunction function, string? callId) =>
        new() { ToolCalls = [new ToolCall { Index = call.Ordinal, Id = callId, Type = callId is null ? null : "function", Function = function }] };

    sealed class Call(int ordinal)
    {
        public int Ordinal => ordinal;

        public bool HasArguments { get; set; }
    }
}

sealed record AnthropicEvent
{
    public string? Type { get; init; }
    public AnthropicMessage? Message { get; init; }
    public int Index { get; init; }
    public AnthropicBlock? ContentBlock { get; init; }
    public AnthropicDelta? Delta { get; init; }
    public AnthropicUsage? Usage { get; init; }
    public JsonElement? Error { get; init; }
}

sealed record AnthropicMessage
{
    public string? Id { get; init; }
    public string? Model { get; init; }
    public AnthropicUsage? Usage { get; init; }
}

sealed record AnthropicBlock
{
    public string? Type { get; init; }
    public string? Id { get; init; }
    public string? Name { get; init; }
    public string? Text { get; init; }
}

sealed record AnthropicDelta
{
    public string? Type { get; init; }
    public string? Text { get; init; }
    public string? PartialJson { get; init; }
    public string? Thinking { get; init; }
    public string? StopReason { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnthropicEvent))]
[JsonSerializable(typeof(OpenAiUsage))]
sealed partial class AnthropicJson : JsonSerializerContext;
