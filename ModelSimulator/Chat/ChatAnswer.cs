using System.Text.Json;
using AiPlatform.ModelSimulator.Answers;
using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Chat;

/// <summary>Decides what the simulated model says: a sentence, JSON that fits the schema, or the arguments of a tool call.</summary>
sealed record ChatAnswer(string Text, string? ToolName, int PromptTokens, bool IsSentence, string Beginning)
{
    public static readonly AnswerText Thought = AnswerText.Of("I simulate a thought before I answer.");
    static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    public static ChatAnswer Read(FieldReader fields, ServedModel model, Personality personality, ChatPrompt prompt, SimulatorOptions options)
    {
        var sentence = prompt.Heard?.Text ?? AnswerWords.To(prompt.LastUserText, model, options, SamplingFields.Seed(fields));
        var (tool, toolTokens) = ChatTools.Read(fields, personality.ForcesTools);
        var json = ResponseFormat(fields, sentence);

        // Guided decoding knows nothing of a beginning: its grammar starts anew.
        return tool is not null ? new ChatAnswer(tool.Arguments, tool.Name, toolTokens, IsSentence: false, "")
            : json is not null ? new ChatAnswer(json, null, toolTokens, IsSentence: false, "")
            : new ChatAnswer(sentence, null, toolTokens, IsSentence: true, prompt.Beginning);
    }

    /// <summary>
    /// Applies the request's stop strings and its wishes for length; the token limit itself is the engine's. A beginning and what follows
    /// it are together the answer that an uncut request gets.
    /// </summary>
    public IReadOnlyList<ChatChoice> Finish(FieldReader fields, int choices, int maxTokens, int exactTokens)
    {
        var thinks = Thinks(fields) && Beginning.Length == 0;
        return [.. Words(fields, choices, maxTokens, exactTokens).Select(choice => Think(thinks, choice))];
    }

    /// <summary>The same without a thought.</summary>
    public IEnumerable<ChatChoice> Words(FieldReader fields, int choices, int maxTokens, int exactTokens)
    {
        var stops = SamplingFields.StopStrings(fields);
        var least = Math.Min(fields.Whole("min_tokens", 0) ?? 0, maxTokens);

        // One more than the limit: such an answer ends by length, as a model that cannot stop does.
        if (fields.Flag("ignore_eos"))
            least = maxTokens + 1;
        return Enumerable.Range(0, choices).Select(choice => Finish(choice, stops, least, exactTokens));
    }

    static bool Thinks(FieldReader fields)
    {
        var effort = fields.Text("reasoning_effort");
        if (effort is not null && !Efforts.Contains(effort))
            fields.Fail($"Input should be one of {string.Join(", ", Efforts)}", "reasoning_effort");
        return effort is not (null or "none");
    }

    static ChatChoice Think(bool thinks, ChatChoice answer) =>
        thinks ? answer with { Text = AnswerText.Join(Thought, answer.Text), ThoughtTokens = Thought.Tokens } : answer;

    ChatChoice Finish(int choice, IReadOnlyList<string> stops, int least, int exactTokens)
    {
        var (cut, stop) = CutAt(stops, choice > 0 && IsSentence ? $"{Text} (choice {choice + 1})" : Text);
        var text = AnswerText.Of(cut);
        if (IsSentence && exactTokens > 0 && stop is null)
            text = text.Lengthen(exactTokens).Shorten(exactTokens);
        if (Beginning.Length == 0)
            return new ChatChoice(text.Lengthen(least), stop);
        return new ChatChoice(text.Lengthen(AnswerText.Of(Beginning).Tokens + least).After(Beginning), stop);
    }

    static string? ResponseFormat(FieldReader fields, string sentence)
    {
        if (fields.Of("response_format", JsonValueKind.Object, "object") is not { } format)
            return null;
        switch (format.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null)
        {
            case "text":
                return null;
            case "json_object":
                return SchemaExample.Object(sentence);
            case "json_schema" when format.TryGetProperty("json_schema", out var wrapper) && wrapper.ValueKind == JsonValueKind.Object
                && wrapper.TryGetProperty("schema", out var schema):
                return SchemaExample.Of(schema, sentence);
            case "json_schema":
                fields.Fail("response_format of type json_schema needs json_schema.schema", "response_format");
                return null;
            default:
                fields.Fail("response_format.type should be 'text', 'json_object' or 'json_schema'", "response_format");
                return null;
        }
    }

    (string Text, string? Stop) CutAt(IReadOnlyList<string> stops, string text)
    {
        var first = stops
            .Where(stop => stop.Length > 0)
            .Select(stop => (Stop: stop, At: text.IndexOf(stop, Math.Min(Beginning.Length, text.Length), StringComparison.Ordinal)))
            .Where(found => found.At >= 0)
            .OrderBy(found => found.At)
            .FirstOrDefault();
        return first.Stop is null ? (text, null) : (text[..first.At], first.Stop);
    }
}
