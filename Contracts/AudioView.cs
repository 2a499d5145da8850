using System.Text.Json.Serialization;

namespace AiPlatform.Contracts;

/// <summary>Audio that is kept for transcriptions.</summary>
/// <param name="AudioRef">What a job's input names it by.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Filename">As its caller named it; <c>upload</c> where it has no name.</param>
/// <param name="OwnerService">Whose quota it counts for.</param>
/// <param name="ExpiresAt">It is removed soon after. A job that refers to it puts this off.</param>
public sealed record AudioView(Guid AudioRef, long Bytes, string Filename, string OwnerService, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt)
{
    /// <summary>Of its bytes, in hex; told by the upload only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sha256 { get; init; }
}
