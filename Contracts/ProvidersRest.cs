using System.Globalization;
using System.Text.RegularExpressions;

namespace AiPlatform.Contracts;

/// <summary>The sentence in the message of a <see cref="ErrorCategories.ProvidersExhausted"/> that says when the first provider is tried again. Workers
/// write it, and the answer to a caller who waits has its <c>Retry-After</c> from it.</summary>
public static partial class ProvidersRest
{
    public static string Sentence(TimeSpan rest) =>
        string.Create(CultureInfo.InvariantCulture, $"The first of them is tried again in {Math.Ceiling(rest.TotalSeconds)} s.");

    /// <returns>Null where the message does not say.</returns>
    public static TimeSpan? In(string message) => Said.Match(message) is { Success: true } said
        ? TimeSpan.FromSeconds(int.Parse(said.Groups["seconds"].Value, CultureInfo.InvariantCulture))
        : null;

    [GeneratedRegex(@"The first of them is tried again in (?<seconds>[0-9]{1,5}) s\.", RegexOptions.RightToLeft)]
    static partial Regex Said { get; }
}
