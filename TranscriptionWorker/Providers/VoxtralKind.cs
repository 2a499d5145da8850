namespace AiPlatform.TranscriptionWorker.Providers;

/// <summary>What <c>VOXTRAL_BASE_URL</c> leads to.</summary>
public enum VoxtralKind
{
    /// <summary>Mistral where the host is <c>api.mistral.ai</c>, else vLLM.</summary>
    Auto,
    Vllm,
    Mistral,
}
