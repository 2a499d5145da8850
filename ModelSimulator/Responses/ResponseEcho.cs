namespace AiPlatform.ModelSimulator.Responses;

/// <summary>Fields of the request that its response repeats, in JSON; with their defaults where the request had none.</summary>
sealed record ResponseEcho(IReadOnlyList<(string Name, string Json)> Fields);
