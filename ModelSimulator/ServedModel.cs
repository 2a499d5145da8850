using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator;

/// <summary>A model name and the engine that serves it alone, as though it had a GPU of its own; a LoRA adapter is served by that of its base.</summary>
sealed record ServedModel(string Name, ModelTask Task, BatchEngine Engine)
{
    /// <summary>Set for an adapter: the model it is for.</summary>
    public ServedModel? Base { get; init; }

    /// <summary>Where the adapter was said to lie; nothing is read from there.</summary>
    public string? Path { get; init; }
}
