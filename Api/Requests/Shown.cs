using System.Text.Json;

namespace AiPlatform.Api.Requests;

/// <summary>How much of what a caller sent may stand in an answer: enough to recognise a slip, never a payload.</summary>
static class Shown
{
    const int Most = 64;

    /// <summary>The value in front of what is said of it, with a space; empty where it is too long to show.</summary>
    public static string Before(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Before($"'{value.GetString()}'"),
        JsonValueKind.Number => Before(value.GetRawText()),
        _ => "",
    };

    public static string Before(string value) => value.Length <= Most + 2 ? value + " " : "";

    public static string Name(string name) => name.Length <= Most ? name : name[..Most] + "…";

    /// <summary>What a message ends with.</summary>
    public static string Allowed(IEnumerable<string> words) => $"allowed: {string.Join(", ", words)}.";

    /// <summary>The kind of a value, as a person would name it.</summary>
    public static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
