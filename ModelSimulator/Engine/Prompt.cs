namespace AiPlatform.ModelSimulator.Engine;

/// <summary>What an answer's engine reads before it: so many tokens, in blocks of these names where prompts are cached.</summary>
sealed record Prompt(int Tokens, IReadOnlyList<ulong> Blocks)
{
    public Prompt(int tokens)
        : this(tokens, [])
    {
    }
}
