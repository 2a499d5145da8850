using AiPlatform.Contracts.Infra;

namespace AiPlatform.InfraSidecar.Vllm;

/// <summary>What a request to a model server gave.</summary>
abstract record VllmAnswer
{
    VllmAnswer()
    {
    }

    public sealed record Body(string Text) : VllmAnswer;

    /// <summary>It answered with another status than 200.</summary>
    public sealed record Refused(int Status, InfraError Error) : VllmAnswer;

    public sealed record Failed(InfraError Error) : VllmAnswer;
}
