using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>A file, in OpenAI's form.</summary>
/// <param name="Id">Such as <c>file-0199e0c2…</c></param>
/// <param name="Kind">Always <c>file</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="CreatedAt">Unix seconds.</param>
/// <param name="ExpiresAt">Unix seconds; it is removed soon after.</param>
/// <param name="Purpose"><c>batch</c> of a file that was sent, <c>batch_output</c> of one that a batch has made.</param>
/// <param name="Status">Always <c>processed</c>.</param>
public sealed record FileView(
    string Id, [property: JsonPropertyName("object")] string Kind, long Bytes, long CreatedAt, long ExpiresAt, string Filename, string Purpose, string Status);

/// <summary>Answer of <c>GET /v1/files</c>, in OpenAI's form.</summary>
/// <param name="Kind">Always <c>list</c>.</param>
/// <param name="HasMore">Whether another page follows after <paramref name="LastId"/>.</param>
public sealed record FileList(
    [property: JsonPropertyName("object")] string Kind, IReadOnlyList<FileView> Data, string? FirstId, string? LastId, bool HasMore);

/// <summary>Answer of <c>DELETE /v1/files/{id}</c>, in OpenAI's form.</summary>
/// <param name="Kind">Always <c>file</c>.</param>
public sealed record FileRemoved(string Id, [property: JsonPropertyName("object")] string Kind, bool Deleted);
