using System.Text.Json;

namespace AiPlatform.Api.Infra;

/// <summary>What a sidecar said, or why it said nothing.</summary>
/// <param name="Status">A JSON object; null where there is none.</param>
/// <param name="Reason">Why there is none.</param>
/// <param name="At">When it answered or was given up, by the timestamps of the process.</param>
sealed record SidecarAnswer(JsonElement? Status, string? Reason, long At);
