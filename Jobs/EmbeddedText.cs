using System.Collections.Frozen;
using System.Reflection;

namespace AiPlatform.Jobs;

/// <summary>The embedded .sql and .lua files, by file name. A wrong name fails when its class is first used, with the names there are.</summary>
static class EmbeddedText
{
    static readonly Assembly Assembly = typeof(EmbeddedText).Assembly;
    static readonly FrozenDictionary<string, string> Files = Assembly.GetManifestResourceNames().ToFrozenDictionary(name => name, Read);

    public static IEnumerable<string> Names => Files.Keys;

    public static string Get(string name) => Files.TryGetValue(name, out var text)
        ? text
        : throw new InvalidOperationException($"No embedded file '{name}'; there are: {string.Join(", ", Files.Keys.Order())}.");

    static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
