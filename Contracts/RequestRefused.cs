using System.Globalization;
using System.Text.RegularExpressions;

namespace AiPlatform.Contracts;

/// <summary>The words in the message of an <see cref="ErrorCategories.ProviderRejected"/> that say with which status a model server refused the request. Workers write
/// them, and a caller who waits is told by them whether that is about what it has sent.</summary>
public static partial class RequestRefused
{
    public static string Words(int status) => string.Create(CultureInfo.InvariantCulture, $"refused the request (HTTP {status})");

    /// <summary>Whether what was asked is refused (400, 413, 415, 422), and not the key, the address or the model's name.</summary>
    public static bool IsOfItsContent(string message) => Said.IsMatch(message);

    [GeneratedRegex(@"refused the request \(HTTP (400|413|415|422)\)")]
    static partial Regex Said { get; }
}
