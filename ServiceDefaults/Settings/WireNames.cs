using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiPlatform.ServiceDefaults.Settings;

/// <summary>The names of an enum's members as JSON and settings write them: the attribute's, else snake_case.</summary>
static class WireNames
{
    public static IEnumerable<string> All(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(Of);

    public static string Of(Enum member) => member.GetType().GetField(member.ToString()) is { } field ? Of(field) : member.ToString();

    public static object? Parse(Type type, string name) => type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .FirstOrDefault(field => Of(field).Equals(name, StringComparison.OrdinalIgnoreCase))?.GetValue(null);

    static string Of(FieldInfo field) =>
        field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name);
}
