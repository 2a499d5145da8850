namespace AiPlatform.ModelSimulator.Embeddings;

/// <summary>What an embedding request asks for, read and checked: a vector for each of the inputs, in their order.</summary>
sealed record EmbeddingRequest(
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    IReadOnlyList<string> Inputs,
    int PromptTokens,
    int Dimensions,
    bool Base64);
