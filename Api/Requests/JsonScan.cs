using System.Text.Json;

namespace AiPlatform.Api.Requests;

/// <summary>
/// Finds what is JSON by its grammar but costs out of proportion to its size, or could not be answered again: it would break every page and every claim
/// that the job is part of. Takes no memory of its own.
/// </summary>
static class JsonScan
{
    /// <exception cref="JsonException">It is not JSON; found as far as it was looked at.</exception>
    public static string? Fault(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        for (var tokens = 0; reader.Read(); tokens++)
        {
            if (tokens >= Limits.MostJsonTokens)
                return $"has more than {Limits.MostJsonTokens} names and values.";
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth >= Limits.DeepestJson:
                    return $"is nested more than {Limits.DeepestJson} levels deep.";
                case JsonTokenType.Number when NumberFault(ref reader) is { } fault:
                    return fault;
                // Only an escape can name half a surrogate pair: the bytes are known to be UTF-8.
                case JsonTokenType.String or JsonTokenType.PropertyName when reader.ValueIsEscaped && !IsUnicode(ref reader):
                    return "holds an escape such as \\ud800 that is half a character.";
            }
        }
        return null;
    }

    static string? NumberFault(ref Utf8JsonReader reader)
    {
        var digits = reader.ValueSpan;
        if (digits.Length > Limits.LongestNumber)
            return $"holds a number of more than {Limits.LongestNumber} characters.";
        return digits.IndexOfAny((byte)'e', (byte)'E') is >= 0 and var place && !IsSmall(digits[(place + 1)..]) || !double.IsFinite(reader.GetDouble())
            ? $"holds a number beyond 1.8e308, or with an exponent beyond {Limits.LargestExponent}."
            : null;
    }

    static bool IsSmall(ReadOnlySpan<byte> exponent)
    {
        var digits = exponent.TrimStart("+-"u8).TrimStart((byte)'0');
        return digits.Length <= 3 && (digits.IsEmpty || int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) <= Limits.LargestExponent);
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
