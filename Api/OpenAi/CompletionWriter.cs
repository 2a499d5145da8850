using AiPlatform.Contracts;

namespace AiPlatform.Api.OpenAi;

/// <summary>A chat's answer as OpenAI's chunks.</summary>
sealed class CompletionWriter(ChunkWriter chunks, string askedModel) : IAnswerWriter
{
    /// <summary>The answer that tokens are of.</summary>
    const int FirstChoice = 0;

    public async Task SayAsync(string text, bool isFirst)
    {
        if (isFirst)
            await chunks.RoleAsync(askedModel, FirstChoice);
        await chunks.TextAsync(askedModel, FirstChoice, text);
    }

    public async Task<bool> FinishAsync(JobView completed, string said)
    {
        var result = new CompletionResult(completed, askedModel);
        foreach (var choice in result.Choices)
        {
            // Only the first of several answers is said as it comes.
            var known = choice.Index == FirstChoice ? said : "";
            var text = choice.Content ?? "";
            if (!text.StartsWith(known, StringComparison.Ordinal))
                return false;
            if (known.Length == 0)
                await chunks.RoleAsync(result.Model, choice.Index);
            if (text.Length > known.Length)
                await chunks.TextAsync(result.Model, choice.Index, text[known.Length..]);
            if (choice.ToolCalls is { } calls)
                await chunks.ToolCallsAsync(result.Model, choice.Index, calls);
            await chunks.FinishAsync(result.Model, choice);
        }
        await chunks.EndAsync(result.Model, result.Usage);
        return true;
    }

    public Task ErrorAsync(Problem problem) => chunks.ErrorAsync(problem);
}
