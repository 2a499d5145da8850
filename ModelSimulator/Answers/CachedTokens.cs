using System.Text.Json;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>Tokens of prompts that were found in the cache.</summary>
static class CachedTokens
{
    /// <param name="answersOfPrompt">The first answer to each prompt brought it to the engine; 0: all are to the same.</param>
    public static int Of(IReadOnlyList<Choice> choices, int answersOfPrompt = 0)
    {
        var cached = 0;
        for (var index = 0; index < choices.Count; index += answersOfPrompt == 0 ? choices.Count : answersOfPrompt)
            cached += choices[index].Sequence.CachedTokens;
        return cached;
    }

    /// <summary>vLLM tells of the cache where it helped.</summary>
    public static void Write(Utf8JsonWriter json, int tokens)
    {
        if (tokens == 0)
        {
            json.WriteNull("prompt_tokens_details");
            return;
        }

        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", tokens);
        json.WriteEndObject();
    }
}
