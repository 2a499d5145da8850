using System.Text;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>An answer as it grows.</summary>
sealed class ChatAnswer
{
    /// <summary>As much as could be stored as a result.</summary>
    public const int MostCharacters = 8 * 1024 * 1024;

    readonly StringBuilder content = new();
    readonly ToolCalls toolCalls = new();

    public string? Id { get; private set; }

    public string? Model { get; private set; }

    public string? FinishReason { get; private set; }

    /// <summary>The server's own usage object.</summary>
    public JsonElement? Usage { get; private set; }

    public JsonElement? ToolCalls => toolCalls.ToJson();

    /// <summary>Null where the model only called tools.</summary>
    public string? Content => content.Length == 0 && toolCalls.ToJson() is not null ? null : content.ToString();

    public bool IsTooLong => content.Length > MostCharacters;

    /// <summary>Adds what a chunk says; passes new text on.</summary>
    /// <returns>Whether the model has said something: text, a thought, a part of a tool call, or that it has finished.</returns>
    public bool Add(ChatChunk chunk, Action<string> onText)
    {
        Id ??= chunk.Id;
        Model ??= chunk.Model is "" ? null : chunk.Model;
        Usage = chunk.Usage ?? Usage;
        var said = false;
        foreach (var choice in chunk.Choices ?? [])
        {
            // Only one answer is asked for.
            if (choice.Index == 0)
            {
                said |= Add(choice, onText);
            }
        }
        return said;
    }

    bool Add(ChatChoice choice, Action<string> onText)
    {
        FinishReason = choice.FinishReason ?? FinishReason;
        var delta = choice.Delta ?? choice.Message;
        foreach (var part in delta?.ToolCalls ?? [])
        {
            toolCalls.Add(part);
        }
        if (delta?.Content is { Length: > 0 } || delta?.Refusal is { Length: > 0 })
        {
            var text = delta.Content + delta.Refusal;
            content.Append(text);
            onText(text);
            return true;
        }
        return choice.FinishReason is not null
            || delta is { Reasoning.Length: > 0 } or { ReasoningContent.Length: > 0 } or { ToolCalls.Count: > 0 };
    }
}
