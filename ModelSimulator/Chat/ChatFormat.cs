using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>vLLM's <c>chat.completion</c> and <c>chat.completion.chunk</c>.</summary>
sealed class ChatFormat(ChatRequest request, string id, long created) : IAnswerFormat
{
    // A real field of the answer that says on the wire that no model wrote it.
    const string Fingerprint = "modelsimulator";

    readonly string toolCallId = "chatcmpl-tool-" + id;

    public void WriteWhole(Utf8JsonWriter json, ReadOnlySpan<char> text, int tokens, FinishReason finish)
    {
        json.WriteStartObject();
        WriteHead(json, "chat.completion");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        WriteMessage(json, text);
        json.WriteNull("logprobs");
        WriteFinish(json, finish);
        json.WriteNull("token_ids");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteNull("service_tier");
        json.WriteString("system_fingerprint", Fingerprint);
        WriteUsage(json, tokens);
        json.WriteNull("prompt_logprobs");
        json.WriteNull("kv_transfer_params");
        json.WriteEndObject();
    }

    public void Open(EventWriter events)
    {
        var json = BeginChunk(events);
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
        EndChunk(events, json, generated: 0, finish: null);
        if (request.ToolName is not { } tool)
            return;
        json = BeginChunk(events);
        WriteToolCall(json, tool, "");
        EndChunk(events, json, generated: 0, finish: null);
    }

    public void Token(EventWriter events, ReadOnlySpan<char> token, int generated)
    {
        var json = BeginChunk(events);
        if (request.ToolName is null)
            json.WriteString("content", token);
        else
            WriteToolCall(json, name: null, token);
        EndChunk(events, json, generated, finish: null);
    }

    public void Close(EventWriter events, int generated, FinishReason finish)
    {
        var json = BeginChunk(events);
        json.WriteString("content", "");
        EndChunk(events, json, generated, finish);
        if (!request.IncludeUsage)
            return;
        json = events.Begin();
        json.WriteStartObject();
        WriteHead(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, generated);
        json.WriteEndObject();
        events.End();
    }

    Utf8JsonWriter BeginChunk(EventWriter events)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", 0);
        json.WriteStartObject("delta");
        return json;
    }

    void EndChunk(EventWriter events, Utf8JsonWriter json, int generated, FinishReason? finish)
    {
        json.WriteEndObject();
        json.WriteNull("logprobs");
        if (finish is { } reason)
            WriteFinish(json, reason);
        else
            json.WriteNull("finish_reason");
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.ContinuousUsage)
            WriteUsage(json, generated);
        else if (request.IncludeUsage)
            json.WriteNull("usage");
        json.WriteEndObject();
        events.End();
    }

    void WriteHead(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", "chatcmpl-" + id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created);
        json.WriteString("model", request.ModelName);
    }

    void WriteMessage(Utf8JsonWriter json, ReadOnlySpan<char> text)
    {
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (request.ToolName is null)
            json.WriteString("content", text);
        else
            json.WriteNull("content");
        json.WriteNull("refusal");
        json.WriteNull("annotations");
        json.WriteNull("audio");
        json.WriteNull("function_call");
        if (request.ToolName is { } tool)
            WriteToolCall(json, tool, text, indexed: false);
        else
            WriteNoToolCalls(json);
        json.WriteNull("reasoning");
        json.WriteEndObject();
    }

    static void WriteNoToolCalls(Utf8JsonWriter json)
    {
        json.WriteStartArray("tool_calls");
        json.WriteEndArray();
    }

    /// <summary>In a stream the id, type and name come only with the first part.</summary>
    void WriteToolCall(Utf8JsonWriter json, string? name, ReadOnlySpan<char> arguments, bool indexed = true)
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        if (indexed)
            json.WriteNumber("index", 0);
        if (name is not null)
        {
            json.WriteString("id", toolCallId);
            json.WriteString("type", "function");
        }

        json.WriteStartObject("function");
        if (name is not null)
            json.WriteString("name", name);
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    void WriteFinish(Utf8JsonWriter json, FinishReason finish)
    {
        json.WriteString("finish_reason", request.ToolName is not null && finish == FinishReason.Stop ? "tool_calls" : finish.Name());
        if (request.StopText is { } stop && finish == FinishReason.Stop)
            json.WriteString("stop_reason", stop);
        else
            json.WriteNull("stop_reason");
    }

    void WriteUsage(Utf8JsonWriter json, int generated)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", request.PromptTokens);
        json.WriteNumber("total_tokens", request.PromptTokens + generated);
        json.WriteNumber("completion_tokens", generated);
        json.WriteNull("prompt_tokens_details");
        json.WriteEndObject();
    }
}
