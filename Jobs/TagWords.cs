using System.Collections.Concurrent;

namespace AiPlatform.Jobs;

/// <summary>Words of callers and servers as the values of a tag: each new one is a new series, in every process and in the store of metrics.</summary>
/// <param name="most">Words that are shown as they are: the first that come.</param>
public sealed class TagWords(int most = 200)
{
    /// <summary>What stands for all further ones.</summary>
    public const string Other = "other";

    readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    public string Of(string word) =>
        _known.ContainsKey(word) || (_known.Count < most && _known.TryAdd(word, true)) ? word : Other;
}
