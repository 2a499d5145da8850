using System.Text;
using System.Text.Json;

namespace AiPlatform.LlmWorker.Chat;

/// <summary>Puts tool calls together that arrive in parts: id and name come with the first, pieces of the arguments with each.</summary>
sealed class ToolCalls
{
    readonly SortedDictionary<int, Call> calls = [];

    /// <summary>Of all arguments so far; each call counts for some, so that there cannot be endlessly many of none.</summary>
    public int Characters { get; private set; }

    public void Add(ToolCall part)
    {
        // Some servers leave the index out: a new id is a new call, anything else goes on with the last one.
        var index = part.Index ?? (part.Id is { Length: > 0 } || calls.Count == 0 ? calls.Count : calls.Keys.Last());
        if (!calls.TryGetValue(index, out var call))
        {
            calls[index] = call = new Call();
            Characters += 64;
        }
        call.Id ??= NotEmpty(part.Id);
        call.Type ??= NotEmpty(part.Type);
        call.Name ??= NotEmpty(part.Function?.Name);
        call.Arguments.Append(part.Function?.Arguments);
        Characters += part.Function?.Arguments?.Length ?? 0;
    }

    /// <summary>OpenAI's array of whole calls; null where there are none.</summary>
    public JsonElement? ToJson()
    {
        if (calls.Count == 0)
        {
            return null;
        }
        IReadOnlyList<ToolCall> whole = [.. calls.Values.Select(call => new ToolCall
        {
            Id = call.Id,
            Type = call.Type ?? "function",
            Function = new ToolFunction { Name = call.Name, Arguments = call.Arguments.ToString() },
        })];
        return JsonSerializer.SerializeToElement(whole, ChatJson.Default.IReadOnlyListToolCall);
    }

    static string? NotEmpty(string? text) => text is "" ? null : text;

    sealed class Call
    {
        public string? Id { get; set; }
        public string? Type { get; set; }
        public string? Name { get; set; }
        public StringBuilder Arguments { get; } = new();
    }
}
