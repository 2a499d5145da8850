namespace AiPlatform.ModelSimulator.Engine;

/// <summary>What a request will do in the engine, decided before it enters.</summary>
sealed record SequencePlan
{
    public required int PromptTokens { get; init; }

    /// <summary>Names of the prompt's full blocks; the same for prompts that begin alike. None: it is not cached.</summary>
    public IReadOnlyList<ulong> PromptBlocks { get; init; } = [];

    /// <summary>0: the prompt is read and nothing generated, as for embeddings.</summary>
    public required int AnswerTokens { get; init; }

    /// <summary>The limit the request asked for, or what the context leaves: a metric only.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Answers of the request, at the first of them; 0 at the others. A metric only.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>The LoRA adapter that answers, if it is one. A metric only.</summary>
    public string? Adapter { get; init; }

    /// <summary>Lower is earlier; 0 for all where the policy does not look at it.</summary>
    public int Priority { get; init; }

    public required FinishReason Finish { get; init; }

    /// <summary>Added to the engine's time to the first token.</summary>
    public TimeSpan FirstTokenDelay { get; init; }

    /// <summary>At least this long between two tokens.</summary>
    public TimeSpan TokenDelay { get; init; }

    /// <summary>Tokens after which the request stalls once, for <see cref="StallFor"/>.</summary>
    public int? StallAfter { get; init; }

    public TimeSpan StallFor { get; init; }

    /// <summary>Goes on generating for a client that left, as servers behind a buffering proxy do.</summary>
    public bool OutlivesClient { get; init; }
}
