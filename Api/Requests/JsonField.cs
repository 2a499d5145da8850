using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiPlatform.Contracts;

namespace AiPlatform.Api.Requests;

/// <summary>One field of a <see cref="JsonShape"/>.</summary>
sealed class JsonField
{
    readonly Func<object, object?>? _get;
    readonly LengthAttribute? _count;
    readonly RangeAttribute? _range;
    readonly EachWordAttribute? _eachWord;
    readonly TextRule _text;
    readonly bool _partial;
    readonly Lazy<JsonShape>? _nested;

    public JsonField(JsonPropertyInfo property)
    {
        var attributes = property.AttributeProvider?.GetCustomAttributes(inherit: true) ?? [];
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var item = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;
        _get = property.Get;
        _count = attributes.OfType<LengthAttribute>().FirstOrDefault();
        _range = attributes.OfType<RangeAttribute>().FirstOrDefault();
        _eachWord = attributes.OfType<EachWordAttribute>().FirstOrDefault();
        _partial = attributes.OfType<PartialAttribute>().Any();
        _text = new TextRule(attributes);

        Name = property.Name;
        Required = attributes.OfType<RequiredAttribute>().Any();
        Allowed = type.IsEnum ? Wire.Words(type) : [];
        Kind = item is not null ? item == typeof(string) ? FieldKind.Words : FieldKind.Objects
            : type.IsEnum ? FieldKind.Word
            : type == typeof(string) ? FieldKind.Text
            : type == typeof(Guid) ? FieldKind.Id
            : type == typeof(int) ? FieldKind.Number
            : type == typeof(double) ? FieldKind.Fraction
            : type == typeof(bool) ? FieldKind.Flag
            : type == typeof(DateTimeOffset) ? FieldKind.Time
            : type == typeof(Uri) ? FieldKind.Address
            : type == typeof(JsonElement) ? FieldKind.Any
            : FieldKind.Object;
        if (Kind is FieldKind.Objects or FieldKind.Object)
            _nested = new(() => JsonShape.Of(item ?? type));
    }

    public string Name { get; }
    public FieldKind Kind { get; }
    public bool Required { get; }

    /// <summary>The words of a <see cref="FieldKind.Word"/>.</summary>
    public IReadOnlyList<string> Allowed { get; }

    public object? Get(object owner) => _get!(owner);

    public void Check(JsonElement value, string path, bool partial, InputErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (Required && !partial)
                errors.Add(path, "must not be null.");
        }
        else if (Kind == FieldKind.Object)
        {
            _nested!.Value.Check(value, path, _partial, errors);
        }
        else if (Kind is FieldKind.Words or FieldKind.Objects)
        {
            CheckItems(value, path, errors);
        }
        else if (Fault(value) is { } fault)
        {
            errors.Add(path, fault);
        }
    }

    void CheckItems(JsonElement value, string path, InputErrors errors)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            errors.Add(path, $"must be an array, not {Shown.Kind(value)}.");
            return;
        }

        var count = value.GetArrayLength();
        if (_count is not null && (count < _count.MinimumLength || count > _count.MaximumLength))
        {
            errors.Add(path, $"must have from {_count.MinimumLength} to {_count.MaximumLength} entries, not {count}.");
            return;
        }

        var place = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (errors.IsFull)
                return;
            var itemPath = $"{path}[{place++}]";
            if (_nested is not null)
                _nested.Value.Check(item, itemPath, _partial, errors);
            else if (item.ValueKind != JsonValueKind.String)
                errors.Add(itemPath, $"must be a string, not {Shown.Kind(item)}.");
            else if (_eachWord?.Check(item.GetString()) is { } fault)
                errors.Add(itemPath, fault);
        }
    }

    string? Fault(JsonElement value) => Kind switch
    {
        FieldKind.Any => null,
        FieldKind.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : $"must be true or false, not {Shown.Kind(value)}.",
        FieldKind.Number => NumberFault(value),
        FieldKind.Fraction => FractionFault(value),
        FieldKind.Word when value.ValueKind != JsonValueKind.String => $"must be a string, not {Shown.Kind(value)}; {Shown.Allowed(Allowed)}",
        _ when value.ValueKind != JsonValueKind.String => $"must be a string, not {Shown.Kind(value)}.",
        FieldKind.Word => Allowed.Contains(value.GetString()) ? null : $"{Shown.Before(value)}is not allowed; {Shown.Allowed(Allowed)}",
        FieldKind.Id => value.TryGetGuid(out _) ? null : $"{Shown.Before(value)}is not a UUID.",
        FieldKind.Time when !TextRule.IsTime(value.GetString()!) || !value.TryGetDateTimeOffset(out _) =>
            $"{Shown.Before(value)}is not a time; write it with its offset, such as 2030-01-31T12:00:00Z.",
        FieldKind.Time => TextRule.IsReckonable(value.GetDateTimeOffset()) ? null : $"{Shown.Before(value)}is not allowed; {TextRule.Times}",
        FieldKind.Address => TextRule.IsWebAddress(value.GetString()!)
            ? null : "must be an absolute http or https address of at most 2048 characters.",
        _ => _text.Fault(value.GetString()!),
    };

    string? NumberFault(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
            return $"must be a number, not {Shown.Kind(value)}.";
        var isWhole = value.TryGetInt32(out var number);
        if (_range is not null && (!isWhole || number < (int)_range.Minimum || number > (int)_range.Maximum))
            return $"{Shown.Before(value)}is not allowed; allowed: whole numbers from {_range.Minimum} to {_range.Maximum}.";
        return isWhole ? null : $"{Shown.Before(value)}is not allowed; allowed: whole numbers.";
    }

    string? FractionFault(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
            return $"must be a number, not {Shown.Kind(value)}.";
        var isFinite = value.TryGetDouble(out var number) && double.IsFinite(number);
        if (_range is not null && (!isFinite || number < (double)_range.Minimum || number > (double)_range.Maximum))
            return string.Create(CultureInfo.InvariantCulture, $"{Shown.Before(value)}is not allowed; allowed: numbers from {_range.Minimum} to {_range.Maximum}.");
        return isFinite ? null : $"{Shown.Before(value)}is not allowed; allowed: numbers.";
    }
}
