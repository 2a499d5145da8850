using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Requests;

/// <summary>
/// What a wire type allows, from the metadata of <see cref="ContractsJson"/> and its DataAnnotations. The deserializer stops at the first error and
/// names it in its own words; this walk finds them all and says what is allowed.
/// </summary>
sealed class JsonShape
{
    static readonly ConcurrentDictionary<Type, JsonShape> Known = new();

    readonly Dictionary<string, JsonField> _byName;

    JsonShape(JsonTypeInfo type)
    {
        // Fields beside the known ones are a matter of somebody else, such as the model server.
        TakesOthers = type.Properties.Any(property => property.IsExtensionData);
        Fields = [.. type.Properties.Where(property => !property.IsExtensionData).Select(property => new JsonField(property))];
        _byName = Fields.ToDictionary(field => field.Name);
    }

    public IReadOnlyList<JsonField> Fields { get; }

    public IEnumerable<string> Names => Fields.Select(known => known.Name);

    bool TakesOthers { get; }

    public static JsonShape Of(Type type) => Known.GetOrAdd(type, static type => new JsonShape(
        ContractsJson.Default.GetTypeInfo(type) ?? throw new InvalidOperationException($"{type.Name} is not listed in ContractsJson.")));

    /// <summary>The value as <typeparamref name="T"/>; null where something is wrong with it, which then stands in the errors.</summary>
    /// <param name="given">A required field that may be left out all the same; null for none.</param>
    public static T? Read<T>(JsonElement value, InputErrors errors, string? given = null)
        where T : class
    {
        Of(typeof(T)).Check(value, path: "", partial: false, errors, given);
        if (errors.Any)
            return null;
        try
        {
            return (T?)value.Deserialize(ContractsJson.Default.GetTypeInfo(typeof(T))!);
        }
        catch (JsonException doubled)
        {
            // What is left to refuse lies inside free JSON, which the walk does not enter.
            errors.Add(doubled.Path is { } path && path.StartsWith("$.", StringComparison.Ordinal) ? Shown.Name(path[2..]) : InputErrors.Body,
                "holds a field that is given twice.");
            return null;
        }
    }

    /// <param name="path">Of the value itself; empty for the body.</param>
    /// <param name="partial">Whether required fields may be left out.</param>
    /// <param name="given">See <see cref="Read"/>.</param>
    public void Check(JsonElement value, string path, bool partial, InputErrors errors, string? given = null)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            errors.Add(path.Length == 0 ? InputErrors.Body : path, $"must be an object, not {Shown.Kind(value)}.");
            return;
        }

        var seen = new HashSet<string>();
        foreach (var property in value.EnumerateObject())
        {
            if (errors.IsFull)
                return;
            var name = property.Name;
            var fieldPath = path.Length == 0 ? Shown.Name(name) : $"{path}.{Shown.Name(name)}";
            if (!seen.Add(name))
                errors.Add(fieldPath, "is given twice.");
            else if (_byName.TryGetValue(name, out var field))
                field.Check(property.Value, fieldPath, partial, errors);
            else if (!TakesOthers)
                errors.Add(fieldPath, $"is not known; {Shown.Allowed(Names)}");
        }

        if (!partial)
            CheckRequired(name => name == given || seen.Contains(name), path, errors);
    }

    public void CheckRequired(Predicate<string> isGiven, string path, InputErrors errors)
    {
        foreach (var field in Fields)
        {
            if (field.Required && !isGiven(field.Name))
                errors.Add(path.Length == 0 ? field.Name : $"{path}.{field.Name}", "is required.");
        }
    }

    /// <summary>The same for a value that was put together from parts.</summary>
    public void CheckRequired(object value, string path, InputErrors errors) =>
        CheckRequired(name => _byName[name].Get(value) is not null, path, errors);
}
