namespace AiPlatform.ServiceDefaults.Health;

/// <summary>The answer of <c>/healthz</c>: that it comes at all is what it says.</summary>
sealed record LivenessReport(string Status);
