namespace AiPlatform.Contracts.Infra;

/// <summary>What went wrong with a source or a model server.</summary>
/// <param name="Code">A stable word for programs, such as <c>timeout</c>.</param>
/// <param name="Message">A sentence for people, with the values.</param>
public sealed record InfraError(string Code, string Message);
