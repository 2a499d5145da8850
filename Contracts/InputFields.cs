using System.Globalization;
using System.Text.Json;

namespace AiPlatform.Contracts;

/// <summary>Reads the fields of an object one by one and notes what is wrong with them. A field that is null counts as left out.</summary>
readonly struct InputFields(JsonElement owner, List<InputFault> faults)
{
    readonly JsonElement _owner = owner;
    readonly List<InputFault> _faults = faults;

    public string? Text(string name, Func<string, string?>? check = null) => Field(name) is { } value ? Text(name, value, check) : null;

    public bool? Flag(string name)
    {
        if (Field(name) is not { } value)
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        _faults.Add(new(name, "must be true or false."));
        return null;
    }

    public double? Number(string name, double least, double most, bool whole = false) =>
        Field(name) is { } value ? Number(name, value, least, most, whole) : null;

    public IReadOnlyList<string>? Texts(string name, int most, Func<string, string?> check)
    {
        var fields = this;
        return Items(name, most, (path, item) => fields.Text(path, item, check));
    }

    public IReadOnlyList<int>? WholeNumbers(string name, int mostItems, int least, int most)
    {
        var fields = this;
        return Items(name, mostItems, (path, item) => (int)(fields.Number(path, item, least, most, whole: true) ?? 0));
    }

    List<T>? Items<T>(string name, int most, Func<string, JsonElement, T?> read)
    {
        if (Field(name) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= most)
            return [.. value.EnumerateArray().Select((item, place) => read($"{name}[{place}]", item)!)];
        _faults.Add(new(name, $"must be an array of at most {most} entries."));
        return null;
    }

    string? Text(string path, JsonElement value, Func<string, string?>? check)
    {
        var text = value.ValueKind == JsonValueKind.String ? Unescaped(value) : null;
        if ((text is null ? "must be a text." : check?.Invoke(text)) is not { } fault)
            return text;
        _faults.Add(new(path, fault));
        return null;
    }

    double? Number(string path, JsonElement value, double least, double most, bool whole)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most && (!whole || double.IsInteger(number)))
            return number;
        var kind = whole ? "a whole number" : "a number";
        _faults.Add(new(path, string.Create(CultureInfo.InvariantCulture, $"must be {kind} from {least} to {most}.")));
        return null;
    }

    JsonElement? Field(string name) => _owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Null where an escape is half a character.</summary>
    static string? Unescaped(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
