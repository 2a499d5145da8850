namespace AiPlatform.Contracts.Infra;

/// <summary>Where the telemetry comes from.</summary>
public sealed record InfraSources
{
    public required SourceState Gpu { get; init; }
    public required SourceState Containers { get; init; }
    public required SourceState Vllm { get; init; }
}
