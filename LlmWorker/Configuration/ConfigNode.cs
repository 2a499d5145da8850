using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;
using AiPlatform.Contracts;

namespace AiPlatform.LlmWorker.Configuration;

/// <summary>A value of the configuration file, where it stands in it, and the list of what is wrong with the file.</summary>
/// <param name="path">Such as <c>providers.vllm.base_url</c>; empty for the whole file.</param>
sealed partial class ConfigNode(string path, JsonElement value, List<string> errors)
{
    const int MostShown = 120;

    public string Path => path;

    /// <summary>Notes that this value is not what is expected. Never for a secret: the value is shown.</summary>
    /// <param name="expected">Such as "a whole number from 1 to 10 is expected".</param>
    public void Wrong(string expected) => errors.Add($"{(path.Length == 0 ? "the file" : path)} is {Shown(value)}: {expected}.");

    public void Missing(string field, string expected) => errors.Add($"{Below(field)} is missing: {expected}.");

    /// <summary>The members of an object whose names are the file's own; none where it is something else, which is noted.</summary>
    public IReadOnlyList<(string Name, ConfigNode Node)> Members(Func<string, bool> isName, string names)
    {
        if (!IsObject())
        {
            return [];
        }
        foreach (var member in value.EnumerateObject().Where(member => !isName(member.Name)))
        {
            errors.Add($"{path} has the name '{Cut(member.Name)}': {names}.");
        }
        return [.. value.EnumerateObject().Where(member => isName(member.Name)).Select(member => (member.Name, Child(member.Name, member.Value)))];
    }

    public IReadOnlyList<ConfigNode> Items(string expected)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            Wrong(expected);
            return [];
        }
        return [.. value.EnumerateArray().Select((item, i) => new ConfigNode($"{path}[{i}]", item, errors))];
    }

    /// <summary>Whether it is an object; its fields with other names are noted.</summary>
    public bool IsObject(params string[] fields)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            Wrong("an object is expected");
            return false;
        }
        if (fields.Length > 0)
        {
            foreach (var field in value.EnumerateObject().Where(field => !fields.Contains(field.Name)))
            {
                errors.Add($"{Below(Cut(field.Name))} is not known: {string.Join(", ", fields)} are.");
            }
        }
        return true;
    }

    /// <returns>Null where it is missing or null.</returns>
    public ConfigNode? Field(string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var field) && field.ValueKind != JsonValueKind.Null
            ? Child(name, field)
            : null;

    public string? Text(string name, int most) => Field(name)?.Text(most);

    public string? Text(int most)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most && Printable.IsMatch(text))
        {
            return text;
        }
        Wrong($"text of 1 to {most} characters is expected");
        return null;
    }

    /// <summary>As <see cref="Text(string, int)"/>, but the value is not shown.</summary>
    public string? Secret(string name)
    {
        if (Field(name) is not { } field)
        {
            return null;
        }
        if (field.IsText(out var text) && text.Trim() is { Length: > 0 } secret && secret.All(character => character is > ' ' and <= '~'))
        {
            return secret;
        }
        errors.Add($"{Below(name)} is not valid: text of printable ASCII characters without blanks is expected.");
        return null;
    }

    /// <summary>The name of an environment variable. Also not shown where it is none: it may be the key itself, in the wrong field.</summary>
    public string? VariableName(string name)
    {
        if (Field(name) is not { } field)
        {
            return null;
        }
        if (field.IsText(out var text) && Variable.IsMatch(text))
        {
            return text;
        }
        errors.Add($"{Below(name)} is not valid: the name of an environment variable is expected, of letters, digits and '_', at most 128.");
        return null;
    }

    public bool? Flag(string name)
    {
        if (Field(name) is not { } field)
        {
            return null;
        }
        if (field.IsFlag(out var flag))
        {
            return flag;
        }
        field.Wrong("true or false is expected");
        return null;
    }

    public Uri? Address(string name)
    {
        if (Field(name) is not { } field)
        {
            return null;
        }
        if (field.IsText(out var text) && Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", Host.Length: > 0 })
        {
            return address;
        }
        field.Wrong("an absolute http or https address is expected");
        return null;
    }

    public TimeSpan? Duration(string name, TimeSpan least, TimeSpan most, string range)
    {
        if (Field(name) is not { } field)
        {
            return null;
        }
        if (field.IsText(out var text) && Durations.TryParse(text, out var duration) && duration >= least && duration <= most)
        {
            return duration;
        }
        field.Wrong($"a duration from {range} is expected");
        return null;
    }

    public int? Whole(string name, int least, int most)
    {
        if (Field(name) is not { } field)
        {
            return null;
        }
        if (field.IsWhole(out var number) && number >= least && number <= most)
        {
            return number;
        }
        field.Wrong($"a whole number from {least} to {most} is expected");
        return null;
    }

    bool IsText([NotNullWhen(true)] out string? text) => (text = value.ValueKind == JsonValueKind.String ? value.GetString() : null) is not null;

    bool IsFlag(out bool flag)
    {
        flag = value.ValueKind == JsonValueKind.True;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False;
    }

    bool IsWhole(out int number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number);
    }

    ConfigNode Child(string name, JsonElement child) => new(Below(name), child, errors);

    string Below(string name) => path.Length == 0 ? name : $"{path}.{name}";

    static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array when value.GetArrayLength() == 0 => "an empty list",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"'{Cut(UserInAddress.Replace(value.GetString()!, "//***@"))}'",
        _ => Cut(value.GetRawText()),
    };

    static string Cut(string text)
    {
        var line = NotPrintable.Replace(text, " ");
        return line.Length <= MostShown ? line : line[..MostShown] + "…";
    }

    [GeneratedRegex(@"^[^\x00-\x1f\x7f]+$")]
    static partial Regex Printable { get; }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    static partial Regex Variable { get; }

    [GeneratedRegex(@"\p{C}+")]
    static partial Regex NotPrintable { get; }

    [GeneratedRegex(@"//\S*@")]
    static partial Regex UserInAddress { get; }
}
