using System.Text.Json;

namespace AiPlatform.Api.Requests;

/// <summary>The words of the wire for the names of the code.</summary>
static class Wire
{
    public static string Word<T>(T value)
        where T : struct, Enum => Word(value.ToString());

    public static string Word(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);

    /// <summary>What an enum may be on the wire, in its own order.</summary>
    public static string[] Words(Type type) => [.. Enum.GetValues(type).Cast<object>().Select(value => Word(value.ToString()!))];
}
