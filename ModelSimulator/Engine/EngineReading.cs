using AiPlatform.ModelSimulator.Metrics;

namespace AiPlatform.ModelSimulator.Engine;

/// <summary>What an engine was doing at one moment.</summary>
sealed record EngineReading(int Running, int Waiting, double KvUsage, int KvBlocks, EngineMetrics Metrics)
{
    /// <summary>LoRA adapters of the requests that run, each once.</summary>
    public IReadOnlyList<string> RunningAdapters { get; init; } = [];

    public IReadOnlyList<string> WaitingAdapters { get; init; } = [];
}
