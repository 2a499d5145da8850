using System.Text.Json;
using System.Text.RegularExpressions;

namespace AiPlatform.WorkerRuntime.Providers;

/// <summary>What a server says of an error, fit to be shown: one line, short, without our key.</summary>
public static partial class ErrorText
{
    const int MostCharacters = 500;
    static readonly string[] MessageFields = ["error", "message", "detail", "msg"];

    /// <summary>Reads OpenAI's and vLLM's <c>{"error":{"message"}}</c>, older vLLM's <c>{"object":"error","message"}</c>, LM Studio's <c>{"error":"…"}</c>,
    /// FastAPI's <c>{"detail"}</c> as text or as a list, and plain text.</summary>
    /// <returns>Null where there is nothing a person could read.</returns>
    public static string? In(string body, ModelProvider provider)
    {
        var text = body.TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return text switch
        {
            ['{' or '[', ..] => InJson(text, provider),
            // A page for browsers, usually of a proxy.
            "" or ['<', ..] => null,
            _ => Shown(text, provider),
        };
    }

    /// <param name="error">The value of <c>error</c>.</param>
    public static string? In(JsonElement error, ModelProvider provider)
    {
        try
        {
            return MessageIn(error) is { } message ? Shown(message, provider) : null;
        }
        catch (InvalidOperationException)
        {
            // Text that is not valid UTF-16, such as half of a character.
            return null;
        }
    }

    static string? InJson(string body, ModelProvider provider)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return In(document.RootElement, provider);
        }
        catch (JsonException)
        {
            return Shown(body, provider);
        }
    }

    static string? MessageIn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array => value.EnumerateArray().Select(MessageIn).FirstOrDefault(message => message is not null),
        JsonValueKind.Object => MessageFields
            .Select(name => value.TryGetProperty(name, out var inner) ? MessageIn(inner) : null)
            .FirstOrDefault(message => message is not null),
        _ => null,
    };

    static string Shown(string text, ModelProvider provider)
    {
        var line = NotPrintable.Replace(text, " ").Trim();
        if (provider.ApiKey is { Length: > 0 } key)
        {
            line = line.Replace(key, "***", StringComparison.Ordinal);
        }
        return line.Length <= MostCharacters ? line : string.Concat(line.AsSpan(0, MostCharacters - 1), "…");
    }

    [GeneratedRegex(@"[\s\p{C}]+")]
    static partial Regex NotPrintable { get; }
}
