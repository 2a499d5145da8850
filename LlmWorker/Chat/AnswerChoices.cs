using System.Buffers;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>What an answer says beyond the text of its first choice: further choices, log probabilities, a refusal, thoughts.</summary>
/// <param name="wanted">How many choices were asked for.</param>
sealed class AnswerChoices(int wanted)
{
    readonly SortedDictionary<int, AnswerChoice> choices = [];

    /// <summary>What counts against the size of an answer.</summary>
    public int Characters => choices.Values.Sum(choice => choice.Characters);

    /// <summary>Choices that have begun.</summary>
    public int Count => choices.Count;

    public bool AreWhole => choices.Count == wanted && choices.Values.All(choice => choice.FinishReason is not null);

    /// <summary>The model's words where it declined; null where it did not.</summary>
    public string? Refusal => First?.Refusal;

    /// <summary>What the model thought, as far as the server tells; null for nothing.</summary>
    public string? Reasoning => First?.Reasoning;

    AnswerChoice? First => choices.GetValueOrDefault(0);

    /// <returns>Whether a choice beyond the first has said something.</returns>
    public bool Add(ChatChoice choice)
    {
        if (choice.Index < 0 || choice.Index >= wanted)
        {
            return false;
        }
        if (!choices.TryGetValue(choice.Index, out var known))
        {
            choices[choice.Index] = known = new AnswerChoice(choice.Index);
        }
        return known.Add(choice);
    }

    /// <summary>OpenAI's <c>choices</c>; null where they would say no more than the text of the first.</summary>
    /// <param name="content">That text.</param>
    public JsonElement? ToJson(string? content, JsonElement? toolCalls)
    {
        if (choices.Count < 2 && First is null or { HasLogprobs: false, Refusal: null })
        {
            return null;
        }
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartArray();
            foreach (var choice in choices.Values)
            {
                var isFirst = choice == First;
                choice.Write(json, isFirst ? content : choice.Content, isFirst ? toolCalls : choice.ToolCalls);
            }
            json.WriteEndArray();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
