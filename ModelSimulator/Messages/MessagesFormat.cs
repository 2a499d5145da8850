using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Messages;

/// <summary>Anthropic's message, and the events of its stream: message_start, ping, the blocks, message_delta, message_stop.</summary>
sealed class MessagesFormat(MessagesRequest request, string id) : IStreamFormat
{
    const string Signature = "c2ltdWxhdGVk";

    int AnswerBlock => request.ThoughtTokens > 0 ? 1 : 0;

    string ToolId => "toolu_" + id;

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        var choice = choices[0];
        var thought = Math.Min(request.ThoughtTokens, choice.Generated);
        var text = choice.Text.Between(thought..choice.Generated);
        json.WriteStartObject();
        WriteHead(json);
        json.WriteStartArray("content");
        if (thought > 0)
            WriteThought(json, choice.Text.First(thought));
        if (request.ToolName is not null)
            WriteToolBlock(json, null, text);
        else
            WriteBlock(json, null, "text", text);
        json.WriteEndArray();
        WriteStop(json, choice);
        WriteUsage(json, choice.Generated, whole: true);
        json.WriteEndObject();
    }

    public void Open(EventWriter events, Choice choice)
    {
        var json = Begin(events, "message_start");
        json.WriteStartObject("message");
        WriteHead(json);
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        json.WriteNull("stop_sequence");
        WriteUsage(json, generated: 1, whole: true);
        json.WriteEndObject();
        End(events, json);
        if (request.ThoughtTokens > 0)
            OpenBlock(events, 0, block => WriteBlock(block, "content_block", "thinking", ""));
        else
            OpenAnswer(events);
        End(events, Begin(events, "ping"));
    }

    public void Tokens(EventWriter events, Choice choice, Range tokens)
    {
        var (start, end) = (tokens.Start.Value, tokens.End.Value);
        var thought = Math.Clamp(request.ThoughtTokens, start, end);
        if (thought > start)
        {
            Delta(events, 0, "thinking_delta", "thinking", choice.Text.Between(start..thought));
            if (thought == request.ThoughtTokens)
            {
                Delta(events, 0, "signature_delta", "signature", Signature);
                CloseBlock(events, 0);
                OpenAnswer(events);
            }
        }

        if (end == thought)
            return;
        var said = choice.Text.Between(thought..end);
        if (request.ToolName is null)
            Delta(events, AnswerBlock, "text_delta", "text", said);
        else
            Delta(events, AnswerBlock, "input_json_delta", "partial_json", said);
    }

    public void Close(EventWriter events, Choice choice)
    {
        CloseBlock(events, choice.Generated < request.ThoughtTokens ? 0 : AnswerBlock);
        var json = Begin(events, "message_delta");
        json.WriteStartObject("delta");
        WriteStop(json, choice);
        json.WriteEndObject();
        WriteUsage(json, choice.Generated, whole: false);
        End(events, json);
    }

    /// <summary>What <c>[DONE]</c> is elsewhere is message_stop here.</summary>
    public void End(EventWriter events, IReadOnlyList<Choice> choices, bool done)
    {
        if (done)
            End(events, Begin(events, "message_stop"));
    }

    static Utf8JsonWriter Begin(EventWriter events, string type)
    {
        var json = events.Begin(type);
        json.WriteStartObject();
        json.WriteString("type", type);
        return json;
    }

    static void End(EventWriter events, Utf8JsonWriter json)
    {
        json.WriteEndObject();
        events.End();
    }

    static void Delta(EventWriter events, int block, string type, string field, ReadOnlySpan<char> text)
    {
        var json = Begin(events, "content_block_delta");
        json.WriteNumber("index", block);
        json.WriteStartObject("delta");
        json.WriteString("type", type);
        json.WriteString(field, text);
        json.WriteEndObject();
        End(events, json);
    }

    static void OpenBlock(EventWriter events, int block, Action<Utf8JsonWriter> write)
    {
        var json = Begin(events, "content_block_start");
        json.WriteNumber("index", block);
        write(json);
        End(events, json);
    }

    static void CloseBlock(EventWriter events, int block)
    {
        var json = Begin(events, "content_block_stop");
        json.WriteNumber("index", block);
        End(events, json);
    }

    /// <param name="property">None where it stands in a list.</param>
    static void WriteBlock(Utf8JsonWriter json, string? property, string type, ReadOnlySpan<char> text)
    {
        StartBlock(json, property, type);
        json.WriteString(type, text);
        json.WriteEndObject();
    }

    static void WriteThought(Utf8JsonWriter json, ReadOnlySpan<char> thought)
    {
        StartBlock(json, null, "thinking");
        json.WriteString("thinking", thought);
        json.WriteString("signature", Signature);
        json.WriteEndObject();
    }

    static void StartBlock(Utf8JsonWriter json, string? property, string type)
    {
        if (property is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(property);
        json.WriteString("type", type);
    }

    void OpenAnswer(EventWriter events) => OpenBlock(events, AnswerBlock, block =>
    {
        if (request.ToolName is null)
            WriteBlock(block, "content_block", "text", "");
        else
            WriteToolBlock(block, "content_block", "{}");
    });

    void WriteToolBlock(Utf8JsonWriter json, string? property, ReadOnlySpan<char> input)
    {
        StartBlock(json, property, "tool_use");
        json.WriteString("id", ToolId);
        json.WriteString("name", request.ToolName);
        json.WritePropertyName("input");

        // Cut by the limit, an input is not JSON, and Anthropic gives what it could read of it: here, nothing.
        json.WriteRawValue(input.Length > 0 && input[^1] == '}' ? input : "{}", skipInputValidation: true);
        json.WriteEndObject();
    }

    void WriteHead(Utf8JsonWriter json)
    {
        json.WriteString("id", "msg_" + id);
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", request.ModelName);
    }

    void WriteStop(Utf8JsonWriter json, Choice choice)
    {
        var stopped = choice.Finish == FinishReason.Stop && request.StopText is not null;
        json.WriteString("stop_reason", choice.Finish == FinishReason.Length ? "max_tokens"
            : stopped ? "stop_sequence"
            : request.ToolName is not null ? "tool_use"
            : "end_turn");
        json.WriteString("stop_sequence", stopped ? request.StopText : null);
    }

    void WriteUsage(Utf8JsonWriter json, int generated, bool whole)
    {
        json.WriteStartObject("usage");
        if (whole)
        {
            json.WriteNumber("input_tokens", request.PromptTokens);
            json.WriteNumber("cache_creation_input_tokens", 0);
            json.WriteNumber("cache_read_input_tokens", 0);
        }

        json.WriteNumber("output_tokens", generated);
        json.WriteEndObject();
    }
}
