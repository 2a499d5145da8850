using AiPlatform.ModelSimulator.Chat;
using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Personalities;

namespace AiPlatform.ModelSimulator.Responses;

/// <summary>What a request for a response asks for, read and checked, and those of its fields that come back as they were.</summary>
sealed record ResponseRequest(
    Personality Personality,
    string ModelName,
    ServedModel Model,
    string? FaultInName,
    Prompt Prompt,
    ChatChoice Choice,
    int MaxTokens,
    int Priority,
    bool Stream,
    ResponseEcho Echo);
