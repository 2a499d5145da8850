namespace AiPlatform.ModelSimulator.Admin;

/// <summary>Body of <c>POST /admin/faults</c>, and an entry of <c>GET /admin/faults</c>.</summary>
/// <param name="Fault">Such as <c>status;code=429;retry_after=2</c>.</param>
/// <param name="Model">Only requests for this model.</param>
/// <param name="Path">Only requests to this path; without it, chat and transcription.</param>
/// <param name="Times">Requests it hits, then it is gone; 0: all until it is removed. Default 1.</param>
sealed record FaultOrder(string? Fault, string? Model = null, string? Path = null, int Times = 1);
