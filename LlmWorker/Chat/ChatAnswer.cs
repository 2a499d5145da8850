using System.Text;
using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.WorkerRuntime;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>An answer as it grows.</summary>
/// <param name="prefix">Its beginning, where another call said that.</param>
/// <param name="wanted">How many choices were asked for.</param>
sealed class ChatAnswer(ChatPrefix? prefix, int wanted = 1)
{
    /// <summary>As much as could be stored as a result.</summary>
    public const int MostCharacters = 8 * 1024 * 1024;

    readonly StringBuilder content = new(prefix?.Text);
    readonly ToolCalls toolCalls = new();
    readonly AnswerChoices choices = new(wanted);

    /// <summary>What of the beginning the model was not given, and has yet to say once more.</summary>
    string repeated = prefix?.Kept ?? "";
    int chunks;
    bool isPlain = true;

    public string? Id { get; private set; }

    public string? Model { get; private set; }

    public string? FinishReason { get; private set; }

    /// <summary>The server's own usage object, of this call.</summary>
    public JsonElement? Usage { get; private set; }

    /// <summary>That of all calls that had a part in the answer.</summary>
    public JsonElement? WholeUsage => prefix is null ? Usage : ChatUsage.Sum(Usage, prefix);

    /// <summary>How many calls have gone on with the answer of another one.</summary>
    public int Continued => prefix?.Continued ?? 0;

    /// <summary>Whether this call said any text.</summary>
    public bool HasText => content.Length > (prefix?.Text.Length ?? 0);

    public JsonElement? ToolCalls => toolCalls.ToJson();

    /// <summary>Null where the model only called tools.</summary>
    public string? Content => content.Length == 0 && toolCalls.ToJson() is not null ? null : content.ToString();

    /// <summary>OpenAI's <c>choices</c>, where they say more than the text: several, log probabilities, or a refusal.</summary>
    public JsonElement? Choices => choices.ToJson(Content, ToolCalls);

    /// <inheritdoc cref="AnswerChoices.Refusal"/>
    public string? Refusal => choices.Refusal;

    /// <inheritdoc cref="AnswerChoices.Reasoning"/>
    public string? Reasoning => choices.Reasoning;

    /// <summary>Whether every choice that was asked for has come to its end.</summary>
    public bool IsWhole => choices.AreWhole;

    /// <summary>The choices that came, where the server does not give as many as are asked for; null where it does.</summary>
    public int? Fewer => choices.Count < wanted ? choices.Count : null;

    public bool IsTooLong => content.Length + choices.Characters + toolCalls.Characters > MostCharacters;

    /// <summary>Of the whole text. Most servers send one a chunk; vLLM says it.</summary>
    int Tokens => (prefix?.Tokens ?? 0) + (int)(ChatUsage.Count(Usage, ChatUsage.Completion) is { } told and > 0 ? told : chunks);

    /// <summary>Of the request alone: to a later call, what was said before it is a part of its prompt. Null while no server has said it.</summary>
    long? PromptTokens => prefix is null ? ChatUsage.Count(Usage, ChatUsage.Prompt) : prefix.PromptTokens;

    /// <summary>For another call to go on with; null where it cannot.</summary>
    public ChatPrefix? AsPrefix(ChatRequest request) => !isPlain || IsTooLong ? null : Continuation.Of(
        request, content.ToString(), Tokens, PromptTokens, Continued + 1);

    /// <summary>Adds what a chunk says; passes new text on.</summary>
    /// <returns>Whether the model has said something: text, a thought, a part of a tool call, or that it has finished.</returns>
    public bool Add(ChatChunk chunk, Action<TextPiece> onText)
    {
        Id ??= chunk.Id;
        Model ??= chunk.Model is "" ? null : chunk.Model;
        Usage = chunk.Usage ?? Usage;
        var said = false;
        foreach (var choice in chunk.Choices?.OfType<ChatChoice>() ?? [])
        {
            said |= choices.Add(choice);
            // Only the first is said as it comes.
            if (choice.Index == 0)
            {
                said |= Add(choice, onText);
            }
        }
        return said;
    }

    bool Add(ChatChoice choice, Action<TextPiece> onText)
    {
        FinishReason = choice.FinishReason ?? FinishReason;
        var delta = choice.Delta ?? choice.Message;
        foreach (var part in delta?.ToolCalls?.OfType<ToolCall>() ?? [])
        {
            toolCalls.Add(part);
        }
        var hasThoughts = delta is { Reasoning.Length: > 0 } or { ReasoningContent.Length: > 0 };
        isPlain &= !hasThoughts && delta is not ({ ToolCalls.Count: > 0 } or { Refusal.Length: > 0 });
        if (delta?.Content is { Length: > 0 } || delta?.Refusal is { Length: > 0 })
        {
            chunks++;
            Say(delta.Content + delta.Refusal, onText);
            return true;
        }
        return choice.FinishReason is not null || hasThoughts || delta is { ToolCalls.Count: > 0 };
    }

    void Say(string text, Action<TextPiece> onText)
    {
        var same = repeated.AsSpan().CommonPrefixLength(text);
        if (repeated.Length > 0)
        {
            repeated = same == text.Length ? repeated[same..] : "";
            text = text[same..];
        }
        if (text.Length > 0)
        {
            content.Append(text);
            onText(new TextPiece(text, Tokens, isPlain, new TextSource { PromptTokens = PromptTokens }));
        }
    }
}
