using System.Text.Json;

namespace AiPlatform.LlmWorker.Agents;

/// <summary>Reads the fields of an object, and keeps the first thing that is wrong with any of them.</summary>
sealed class AgentFields
{
    readonly JsonElement? fields;
    readonly string path;
    readonly AgentFields root;

    public AgentFields(JsonElement? value, string path)
        : this(value, path, null)
    {
    }

    AgentFields(JsonElement? value, string path, AgentFields? parent)
    {
        this.path = path;
        root = parent?.root ?? this;
        fields = value is { ValueKind: JsonValueKind.Object } ? value : null;
        if (fields is null)
        {
            Note($"'{path}' must be an object.");
        }
    }

    /// <summary>A sentence that names the field; null where nothing is wrong so far.</summary>
    public string? Problem { get; private set; }

    public AgentFields Object(string name) => new(Given(name), PathOf(name), this);

    /// <summary>The objects of an array; none where the field is not there.</summary>
    public IEnumerable<AgentFields> Objects(string name, int most)
    {
        if (Given(name) is not { } list)
        {
            return [];
        }
        if (list.ValueKind != JsonValueKind.Array)
        {
            Refuse(name, "must be an array.");
            return [];
        }
        if (list.GetArrayLength() > most)
        {
            Refuse(name, $"must have at most {most} entries, not {list.GetArrayLength()}.");
            return [];
        }
        return list.EnumerateArray().Index().Select(item => new AgentFields(item.Item, $"{PathOf(name)}[{item.Index}]", this));
    }

    /// <summary>A text that a model is to read.</summary>
    public string Text(string name, int most) => Required(name, OptionalText(name, most));

    public string? OptionalText(string name, int most) =>
        Said(name, most) is { } text && !string.IsNullOrWhiteSpace(PromptText.Clean(text)) ? text : null;

    /// <summary>A name or id: one line.</summary>
    public string Word(string name, int most) => Required(name, OptionalWord(name, most));

    public string? OptionalWord(string name, int most)
    {
        if (Said(name, most) is not { } word || string.IsNullOrWhiteSpace(word))
        {
            return null;
        }
        if (word.Any(char.IsControl))
        {
            Refuse(name, "must not hold control characters.");
        }
        return word;
    }

    public void Refuse(string name, string why) => Note($"'{PathOf(name)}' {why}");

    string Required(string name, string? text)
    {
        if (text is null)
        {
            Refuse(name, "must be a text that is not empty.");
        }
        return text ?? "";
    }

    string? Said(string name, int most)
    {
        if (Given(name) is not { } value)
        {
            return null;
        }
        if (value.ValueKind != JsonValueKind.String)
        {
            Refuse(name, "must be a text.");
            return null;
        }
        var text = value.GetString()!;
        if (text.Length > most)
        {
            Refuse(name, $"must have at most {most} characters, not {text.Length}.");
            return null;
        }
        return text;
    }

    JsonElement? Given(string name) =>
        fields is { } there && there.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // The input itself is not part of a path.
    string PathOf(string name) => root == this ? name : $"{path}.{name}";

    void Note(string problem) => root.Problem ??= problem;
}
