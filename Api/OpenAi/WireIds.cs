using System.Globalization;

namespace AiPlatform.Api.OpenAi;

/// <summary>Ids of files and batches as OpenAI's clients know them: a word and our id.</summary>
static class WireIds
{
    const string FilePrefix = "file-";
    const string BatchPrefix = "batch_";

    public static string OfFile(Guid id) => FilePrefix + id.ToString("N", CultureInfo.InvariantCulture);

    public static string OfBatch(Guid id) => BatchPrefix + id.ToString("N", CultureInfo.InvariantCulture);

    /// <summary>Null where it is no such id.</summary>
    public static Guid? File(string id) => Of(id, FilePrefix);

    /// <inheritdoc cref="File"/>
    public static Guid? Batch(string id) => Of(id, BatchPrefix);

    static Guid? Of(string id, string prefix) =>
        id.StartsWith(prefix, StringComparison.Ordinal) && Guid.TryParseExact(id.AsSpan(prefix.Length), "N", out var known) ? known : null;
}
