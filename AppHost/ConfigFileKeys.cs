using System.Text.Json;

namespace AiPlatform.AppHost;

/// <summary>The variables that an <c>LLM_CONFIG_FILE</c> takes its keys from (<c>api_key_env</c>).</summary>
static class ConfigFileKeys
{
    static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <returns>None where there is no such file, or it is no JSON: its worker then refuses to start, and says why.</returns>
    public static IReadOnlyList<string> In(string? path)
    {
        if (!File.Exists(path))
            return [];
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            return [.. Named(file.RootElement).Distinct()];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    static IEnumerable<string> Named(JsonElement node) => node.ValueKind == JsonValueKind.Object
        ? node.EnumerateObject().SelectMany(field =>
            field.NameEquals("api_key_env") && field.Value is { ValueKind: JsonValueKind.String } name ? [name.GetString()!] : Named(field.Value))
        : [];
}
