using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Chat;

sealed partial class ChatFormat
{
    void WriteHead(Utf8JsonWriter json, string kind)
    {
        json.WriteString("id", "chatcmpl-" + id);
        json.WriteString("object", kind);
        json.WriteNumber("created", created);
        json.WriteString("model", request.ModelName);

        // A real field of the answer that says on the wire that no model wrote it.
        if (!IsVllm)
            json.WriteString("system_fingerprint", personality.Fingerprint);
    }

    void WriteTail(Utf8JsonWriter json)
    {
        switch (personality.Kind)
        {
            case ServerKind.Vllm:
                json.WriteNull("service_tier");
                json.WriteString("system_fingerprint", personality.Fingerprint);
                json.WriteNull("prompt_logprobs");
                json.WriteNull("kv_transfer_params");
                break;
            case ServerKind.OpenAi:
                json.WriteString("service_tier", "default");
                break;
            case ServerKind.LmStudio:
                json.WriteStartObject("stats");
                json.WriteEndObject();
                break;
        }
    }

    void WriteMessage(Utf8JsonWriter json, Choice choice)
    {
        var thought = Math.Min(request.Choices[choice.Index].ThoughtTokens, choice.Generated);
        var text = choice.Text.Between(thought..choice.Generated);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        if (request.ToolName is null)
            json.WriteString("content", text);
        else
            json.WriteNull("content");
        if (personality.Kind is ServerKind.Vllm or ServerKind.OpenAi)
            json.WriteNull("refusal");

        if (personality.Kind == ServerKind.OpenAi)
            WriteNone(json, "annotations");
        if (IsVllm)
        {
            json.WriteNull("annotations");
            json.WriteNull("audio");
            json.WriteNull("function_call");
        }

        if (request.ToolName is { } tool)
            WriteToolCall(json, choice, tool, text, indexed: false);
        else if (personality.Kind is ServerKind.Vllm or ServerKind.LmStudio)
            WriteNone(json, "tool_calls");
        if (personality.ReasoningField is { } field && thought > 0)
            json.WriteString(field, choice.Text.First(thought));
        else if (IsVllm)
            json.WriteNull("reasoning");
        json.WriteEndObject();
    }

    static void WriteNone(Utf8JsonWriter json, string list)
    {
        json.WriteStartArray(list);
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
            json.WriteString("id", choice.Index == 0 ? "chatcmpl-tool-" + id : $"chatcmpl-tool-{id}-{choice.Index}");
            json.WriteString("type", "function");
        }

        json.WriteStartObject("function");
        if (name is not null || personality.EmptyToolNames)
            json.WriteString("name", name ?? "");
        json.WriteString("arguments", arguments);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    void WriteFinish(Utf8JsonWriter json, Choice choice)
    {
        var finish = choice.Finish;
        json.WriteString("finish_reason", request.ToolName is not null && finish == FinishReason.Stop ? "tool_calls" : finish.Name());
        if (!IsVllm)
            return;
        if (request.Choices[choice.Index].StopText is { } stop && finish == FinishReason.Stop)
            json.WriteString("stop_reason", stop);
        else
            json.WriteNull("stop_reason");
    }

    /// <param name="choices">For what the tokens were; empty in the middle of a stream.</param>
    void WriteUsage(Utf8JsonWriter json, int generated, IReadOnlyList<Choice> choices)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", request.PromptTokens);
        json.WriteNumber("total_tokens", request.PromptTokens + generated);
        json.WriteNumber("completion_tokens", generated);
        if (IsVllm)
        {
            CachedTokens.Write(json, CachedTokens.Of(choices));
        }
        else if (personality.Kind == ServerKind.OpenAi)
        {
            json.WriteStartObject("prompt_tokens_details");
            json.WriteNumber("cached_tokens", CachedTokens.Of(choices));
            json.WriteNumber("audio_tokens", 0);
            json.WriteEndObject();
            json.WriteStartObject("completion_tokens_details");
            json.WriteNumber("reasoning_tokens", choices.Sum(choice => Math.Min(request.Choices[choice.Index].ThoughtTokens, choice.Generated)));
            json.WriteNumber("audio_tokens", 0);
            json.WriteNumber("accepted_prediction_tokens", 0);
            json.WriteNumber("rejected_prediction_tokens", 0);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
