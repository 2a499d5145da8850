using System.Text.Json;

namespace AiPlatform.Api.Requests;

/// <summary>
/// Finds what is JSON by its grammar but could not be answered again: it would break every page and every claim that the job is part of.
/// </summary>
static class JsonScan
{
    public static string? Fault(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth >= Limits.DeepestJson)
                return $"is nested more than {Limits.DeepestJson} levels deep.";
            // Only an escape can name half a surrogate pair: the bytes are known to be UTF-8.
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped && !IsUnicode(ref reader))
                return "holds an escape such as \\ud800 that is half a character.";
        }
        return null;
    }

    static bool IsUnicode(ref Utf8JsonReader reader)
    {
        try
        {
            reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
