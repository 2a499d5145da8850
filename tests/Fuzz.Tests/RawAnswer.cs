using System.Text;
using System.Text.Json;

namespace AiPlatform.Fuzz.Tests;

/// <summary>An answer as it came over the wire.</summary>
/// <param name="IsWhole">Not of a stream, of which only the beginning is read.</param>
sealed record RawAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body, bool IsWhole)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public string? MediaType => Header("Content-Type")?.Split(';')[0];

    public bool Closes => string.Equals(Header("Connection"), "close", StringComparison.OrdinalIgnoreCase) || !IsWhole;

    /// <summary>Kestrel's own: nothing of the service has seen the request.</summary>
    public bool IsBare => Body.Length == 0 && Header("X-Content-Type-Options") is null;

    public string? Header(string name) =>
        Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).FirstOrDefault();

    public JsonElement? Json()
    {
        try
        {
            return JsonElement.Parse(Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => $"{Status}\n{string.Join('\n', Headers.Select(header => $"{header.Name}: {header.Value}"))}\n\n{Text[..Math.Min(Text.Length, 2_000)]}";
}
