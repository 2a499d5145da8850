using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>vLLM's <c>chat.completion</c> and <c>chat.completion.chunk</c>.</summary>
sealed class ChatFormat(ChatRequest request, string id, long created) : IStreamFormat
{
    // A real field of the answer that says on the wire that no model wrote it.
    const string Fingerprint = "modelsimulator";

    readonly string toolCallId = "chatcmpl-tool-" + id;

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject();
        WriteHead(json, "chat.completion");
        json.WriteStartArray("choices");
        foreach (var choice in choices)
        {
            json.WriteStartObject();
            json.WriteNumber("index", choice.Index);
            WriteMessage(json, choice);
            Logprobs.Write(json, request.TopLogprobs, choice.Text, 0, choice.Generated);
            WriteFinish(json, choice);
            json.WriteNull("token_ids");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNull("service_tier");
        json.WriteString("system_fingerprint", Fingerprint);
        WriteUsage(json, choices.Sum(choice => choice.Generated));
        json.WriteNull("prompt_logprobs");
        json.WriteNull("kv_transfer_params");
        json.WriteEndObject();
    }

    public void Open(EventWriter events, Choice choice)
    {
        var json = BeginChunk(events, choice);
        json.WriteString("role", "assistant");
        json.WriteString("content", "");
        EndChunk(events, json, choice, sent: 0..0);
        if (request.ToolName is not { } tool)
            return;
        json = BeginChunk(events, choice);
        WriteToolCall(json, choice, tool, "");
        EndChunk(events, json, choice, sent: 0..0);
    }

    public void Tokens(EventWriter events, Choice choice, Range tokens)
    {
        var json = BeginChunk(events, choice);
        if (request.ToolName is null)
            json.WriteString("content", choice.Text.Between(tokens));
        else
            WriteToolCall(json, choice, name: null, choice.Text.Between(tokens));
        EndChunk(events, json, choice, tokens);
    }

    public void Close(EventWriter events, Choice choice)
    {
        var json = BeginChunk(events, choice);
        json.WriteString("content", "");
        EndChunk(events, json, choice, sent: choice.Generated..choice.Generated, isLast: true);
    }

    public void End(EventWriter events, IReadOnlyList<Choice> choices)
    {
        if (request.Stream is not { IncludeUsage: true })
            return;
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteEndArray();
        WriteUsage(json, choices.Sum(choice => choice.Generated));
        json.WriteEndObject();
        events.End();
    }

    Utf8JsonWriter BeginChunk(EventWriter events, Choice choice)
    {
        var json = events.Begin();
        json.WriteStartObject();
        WriteHead(json, "chat.completion.chunk");
        json.WriteStartArray("choices");
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("delta");
        return json;
    }

    void EndChunk(EventWriter events, Utf8JsonWriter json, Choice choice, Range sent, bool isLast = false)
    {
        var generated = sent.End.Value;
        json.WriteEndObject();
        Logprobs.Write(json, sent.Start.Value < generated ? request.TopLogprobs : null, choice.Text, sent.Start.Value, generated);
        if (isLast)
            WriteFinish(json, choice);
        else
            json.WriteNull("finish_reason");
        json.WriteEndObject();
        json.WriteEndArray();
        if (request.Stream is { ContinuousUsage: true })
            WriteUsage(json, generated);
        else if (request.Stream is { IncludeUsage: true })
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

    void WriteMessage(Utf8JsonWriter json, Choice choice)
    {
        var text = choice.Text.First(choice.Generated);
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
            WriteToolCall(json, choice, tool, text, indexed: false);
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
    void WriteToolCall(Utf8JsonWriter json, Choice choice, string? name, ReadOnlySpan<char> arguments, bool indexed = true)
    {
        json.WriteStartArray("tool_calls");
        json.WriteStartObject();
        if (indexed)
            json.WriteNumber("index", 0);
        if (name is not null)
        {
            json.WriteString("id", choice.Index == 0 ? toolCallId : $"{toolCallId}-{choice.Index}");
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

    void WriteFinish(Utf8JsonWriter json, Choice choice)
    {
        var finish = choice.Finish;
        json.WriteString("finish_reason", request.ToolName is not null && finish == FinishReason.Stop ? "tool_calls" : finish.Name());
        if (request.Choices[choice.Index].StopText is { } stop && finish == FinishReason.Stop)
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
