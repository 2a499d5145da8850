using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Providers;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>What is doubtful about an answer that its server calls good.</summary>
static class AnswerDoubts
{
    // Letters without the spaces between them: three to four bytes are a token of most languages. More than this many only where the server saw less.
    const int MostBytesPerToken = 6;

    /// <returns>Words of <see cref="ChatWarnings"/>; null for no doubt.</returns>
    public static IReadOnlyList<string>? Of(Provider provider, ChatRequest request, string? answeredBy, JsonElement? usage)
    {
        List<string> doubts = [];
        if (provider.Kind == ProviderKind.Ollama && IsCut(request.Input, usage))
        {
            doubts.Add(ChatWarnings.PromptMayBeCut);
        }
        if (provider.Kind == ProviderKind.LmStudio && answeredBy is not null && !IsSameModel(provider.Model, answeredBy))
        {
            doubts.Add(ChatWarnings.OtherModel);
        }
        return doubts.Count == 0 ? null : doubts;
    }

    /// <summary>Ollama cuts a prompt that is longer than its context, and only the count of tokens tells.</summary>
    static bool IsCut(JsonElement input, JsonElement? usage) =>
        usage is { ValueKind: JsonValueKind.Object } counts && counts.TryGetProperty("prompt_tokens", out var count)
        && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var tokens) && Texts(input).Sum(LettersIn) > tokens * MostBytesPerToken;

    /// <summary>LM Studio lets another loaded model answer for one that it does not have. The same model may have a longer name, such as with its publisher.</summary>
    static bool IsSameModel(string asked, string answered) =>
        asked.Contains(answered, StringComparison.OrdinalIgnoreCase) || answered.Contains(asked, StringComparison.OrdinalIgnoreCase);

    static IEnumerable<string> Texts(JsonElement input)
    {
        if (ChatInput.Given(input, "messages") is not { ValueKind: JsonValueKind.Array } messages)
        {
            return [Text(input, "system"), Text(input, "user")];
        }
        return messages.EnumerateArray().Where(message => message.ValueKind == JsonValueKind.Object).SelectMany(Contents);
    }

    static IEnumerable<string> Contents(JsonElement message) =>
        ChatInput.Given(message, "content") is { ValueKind: JsonValueKind.Array } parts
            ? parts.EnumerateArray().Where(part => part.ValueKind == JsonValueKind.Object).Select(part => Text(part, "text"))
            : [Text(message, "content")];

    static string Text(JsonElement owner, string field) =>
        ChatInput.Given(owner, field) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    static long LettersIn(string text) => text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)).Sum(rune => (long)rune.Utf8SequenceLength);
}
