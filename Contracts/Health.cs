namespace AiPlatform.Contracts;

/// <summary>Answer of <c>GET /health</c>.</summary>
/// <param name="Status">Always <c>ok</c>: the process answers. Whether its stores do, says <c>/readyz</c>.</param>
public sealed record Health(string Status);
