using AiPlatform.Contracts;

namespace AiPlatform.Client;

/// <summary>A step of a streamed chat. All <see cref="Text"/> since the last step with <see cref="IsRestart"/>, put together, is the answer's content.</summary>
/// <param name="JobId">The job that answers.</param>
/// <param name="Text">To be appended to what came before; may be empty.</param>
/// <param name="IsRestart">What came before is void: the model begins anew, or pieces were lost. <paramref name="Text"/> is the first of the new text.</param>
/// <param name="Result">With the last step, and only there.</param>
public sealed record ChatUpdate(Guid JobId, string Text, bool IsRestart, ChatResult? Result);
