using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>One of the choices of an answer, put together from its parts. The text and the tool calls of the first are those of the answer itself, and
/// not kept here once more.</summary>
sealed class AnswerChoice(int index)
{
    /// <summary>Thoughts beyond that are not kept: they are no part of the answer.</summary>
    public const int MostReasoning = 64 * 1024;

    readonly StringBuilder content = new();
    readonly StringBuilder refusal = new();
    readonly StringBuilder reasoning = new();
    readonly ToolCalls toolCalls = new();

    // The arrays of each part, by their name: "content" and "refusal".
    readonly OrderedDictionary<string, List<JsonElement>> logprobs = new(StringComparer.Ordinal);

    bool isThoughtCut;

    public int Characters { get; private set; }

    public string? FinishReason { get; private set; }

    public string? Content => content.Length == 0 ? null : content.ToString();

    public JsonElement? ToolCalls => toolCalls.ToJson();

    public string? Refusal => refusal.Length == 0 ? null : refusal.ToString();

    public string? Reasoning => reasoning.Length == 0 ? null : reasoning.ToString();

    public bool HasLogprobs => logprobs.Count > 0;

    bool IsFirst => index == 0;

    /// <returns>Whether it said something; of the first the answer itself knows.</returns>
    public bool Add(ChatChoice choice)
    {
        FinishReason = choice.FinishReason ?? FinishReason;
        AddLogprobs(choice.Logprobs);
        if ((choice.Delta ?? choice.Message) is not { } delta)
        {
            return !IsFirst && choice.FinishReason is not null;
        }
        refusal.Append(delta.Refusal);
        var thought = delta.Reasoning ?? delta.ReasoningContent ?? "";
        Think(thought);
        if (IsFirst)
        {
            return false;
        }
        content.Append(delta.Content);
        Characters += (delta.Content?.Length ?? 0) + (delta.Refusal?.Length ?? 0);
        foreach (var part in delta.ToolCalls?.OfType<ToolCall>() ?? [])
        {
            toolCalls.Add(part);
            Characters += part.Function?.Arguments?.Length ?? 0;
        }
        return choice.FinishReason is not null || thought.Length > 0
            || delta is { Content.Length: > 0 } or { Refusal.Length: > 0 } or { ToolCalls.Count: > 0 };
    }

    public void Write(Utf8JsonWriter json, string? said, JsonElement? calls)
    {
        json.WriteStartObject();
        json.WriteNumber("index", index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        // Of the first choice, the words in which the model declines stand in the text too.
        json.WriteString("content", said == Refusal ? null : said);
        json.WriteString("refusal", Refusal);
        if (Reasoning is { } thoughts)
        {
            json.WriteString("reasoning", thoughts);
        }
        if (calls is { } list)
        {
            json.WritePropertyName("tool_calls");
            WriteAsIs(json, list);
        }
        json.WriteEndObject();
        WriteLogprobs(json);
        json.WriteString("finish_reason", FinishReason);
        json.WriteEndObject();
    }

    void Think(string thought)
    {
        if (isThoughtCut)
        {
            return;
        }
        var kept = thought.Length;
        if (reasoning.Length + kept > MostReasoning)
        {
            isThoughtCut = true;
            kept = MostReasoning - reasoning.Length;
            // Not in the middle of a character.
            kept -= kept > 0 && char.IsHighSurrogate(thought[kept - 1]) ? 1 : 0;
        }
        reasoning.Append(thought.AsSpan(0, kept));
    }

    void AddLogprobs(JsonElement? part)
    {
        if (part is not { ValueKind: JsonValueKind.Object } given)
        {
            return;
        }
        Characters += JsonMarshal.GetRawUtf8Value(given).Length;
        foreach (var field in given.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Array))
        {
            if (!logprobs.TryGetValue(field.Name, out var list))
            {
                logprobs[field.Name] = list = [];
            }
            list.AddRange(field.Value.EnumerateArray());
        }
    }

    void WriteLogprobs(Utf8JsonWriter json)
    {
        if (!HasLogprobs)
        {
            json.WriteNull("logprobs");
            return;
        }
        json.WriteStartObject("logprobs");
        foreach (var (name, list) in logprobs)
        {
            json.WriteStartArray(name);
            list.ForEach(item => WriteAsIs(json, item));
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    static void WriteAsIs(Utf8JsonWriter json, JsonElement value) => json.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
