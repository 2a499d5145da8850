using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator;

/// <summary>A model name and the engine that serves it alone, as though it had a GPU of its own.</summary>
sealed record ServedModel(string Name, ModelTask Task, BatchEngine Engine);
