using System.Buffers;
using System.Globalization;
using System.Text.Json;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Requests;

/// <summary>Reads query parameters and notes what is wrong with them. A parameter given empty counts as given.</summary>
sealed class QueryReader(IQueryCollection query)
{
    public InputErrors Errors { get; } = new();

    public string? Text(string name, int mostCharacters)
    {
        if (One(name) is not { } text)
            return null;
        if (text.Length > mostCharacters)
            Errors.Add(name, $"must have at most {mostCharacters} characters, not {text.Length}.");
        else if (text.Contains('\0', StringComparison.Ordinal))
            // The store could not even be asked for such a one.
            Errors.Add(name, "must not hold a NUL character.");
        else
            return text;
        return null;
    }

    public int Number(string name, int minimum, int maximum, int otherwise)
    {
        if (One(name) is not { } text)
            return otherwise;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum)
            return number;
        Errors.Add(name, $"{Shown.Before($"'{text}'")}is not allowed; allowed: whole numbers from {minimum} to {maximum}.");
        return otherwise;
    }

    public TimeSpan Duration(string name, TimeSpan maximum)
    {
        if (One(name) is not { } text)
            return TimeSpan.Zero;
        if (DurationField.Fault(text, TimeSpan.Zero, maximum) is { } fault)
            Errors.Add(name, fault);
        return Durations.TryParse(text, out var duration) ? duration : TimeSpan.Zero;
    }

    /// <summary>A wire type of words and times, by the same rules as in a body.</summary>
    public T? Fields<T>()
        where T : class
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var field in JsonShape.Of(typeof(T)).Fields)
            {
                if (One(field.Name) is { } text)
                    json.WriteString(field.Name, text);
            }
            json.WriteEndObject();
        }
        return JsonShape.Read<T>(JsonElement.Parse(buffer.WrittenSpan), Errors);
    }

    string? One(string name)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values.Count > 1)
            Errors.Add(name, "is given twice.");
        return values[0];
    }
}
