using System.Globalization;

namespace AiPlatform.ModelSimulator.Audio;

/// <summary>Fields of a form with a file, or of the query beside it; an empty one counts as absent.</summary>
sealed class AudioFields(IFormCollection form, IQueryCollection query)
{
    public IFormFile? File(string name) => form.Files.GetFile(name);

    public string? Text(string name) =>
        form[name].ToString() is { Length: > 0 } value ? value : query[name].ToString() is { Length: > 0 } other ? other : null;

    public bool Flag(string name) => Text(name)?.ToUpperInvariant() is "TRUE" or "1" or "YES" or "ON";

    public int? Whole(string name) =>
        int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number : null;

    /// <summary>Whether a field that may be there several times, as <c>name[]</c> or <c>name</c>, has this value.</summary>
    public bool Has(string name, string value) =>
        form[name + "[]"].Concat(form[name]).Any(given => string.Equals(given, value, StringComparison.Ordinal));

    /// <summary>All of them, to be shown.</summary>
    public Dictionary<string, string> ToDictionary()
    {
        var all = form.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
        foreach (var (name, value) in query)
            all.TryAdd(name, value.ToString());
        return all;
    }
}
