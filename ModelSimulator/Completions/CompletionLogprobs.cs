using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Chat;

namespace AiPlatform.ModelSimulator.Completions;

/// <summary>The older shape of log probabilities: four lists of the same length, one entry for each token.</summary>
static class CompletionLogprobs
{
    /// <param name="echoed">The prompt that comes before the answer; offsets count from its beginning.</param>
    /// <param name="hasPrompt">Its tokens are in the lists too; nothing comes before the first of them, which is null.</param>
    public static void Write(Utf8JsonWriter json, int? top, string echoed, bool hasPrompt, AnswerText text, Range tokens)
    {
        if (top is not { } alternatives)
        {
            json.WriteNull("logprobs");
            return;
        }

        var listed = new List<(string Token, int Offset, bool IsFirst)>();
        if (hasPrompt && echoed.Length > 0)
            Add(listed, AnswerText.Of(echoed), .., 0, isPrompt: true);
        Add(listed, text, tokens, echoed.Length, isPrompt: false);

        json.WriteStartObject("logprobs");
        json.WriteStartArray("text_offset");
        foreach (var (_, offset, _) in listed)
            json.WriteNumberValue(offset);
        json.WriteEndArray();
        json.WriteStartArray("token_logprobs");
        foreach (var (token, _, isFirst) in listed)
        {
            if (isFirst)
                json.WriteNullValue();
            else
                json.WriteNumberValue(Logprobs.Logprob(token));
        }

        json.WriteEndArray();
        json.WriteStartArray("tokens");
        foreach (var (token, _, _) in listed)
            json.WriteStringValue(token);
        json.WriteEndArray();
        json.WriteStartArray("top_logprobs");
        foreach (var (token, _, isFirst) in listed)
            WriteTop(json, token, isFirst, Math.Max(1, alternatives));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void Add(List<(string Token, int Offset, bool IsFirst)> listed, AnswerText text, Range tokens, int before, bool isPrompt)
    {
        var (start, count) = tokens.GetOffsetAndLength(text.Tokens);
        for (var token = start; token < start + count; token++)
            listed.Add((text.Token(token).ToString(), before + text.First(token).Length, isPrompt && token == 0));
    }

    static void WriteTop(Utf8JsonWriter json, string token, bool isFirst, int alternatives)
    {
        if (isFirst)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (name, logprob) in Logprobs.Top(token, alternatives))
            json.WriteNumber(name, logprob);
        json.WriteEndObject();
    }
}
