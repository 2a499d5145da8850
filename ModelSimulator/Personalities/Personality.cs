namespace AiPlatform.ModelSimulator.Personalities;

/// <summary>What one kind of server does in its own way. The defaults are vLLM's.</summary>
sealed record Personality(ServerKind Kind)
{
    public static readonly IReadOnlyList<Personality> All =
    [
        new(ServerKind.Vllm) { ContinuesFinalMessage = true },
        new(ServerKind.Ollama)
        {
            Fingerprint = "fp_ollama",
            OwnedBy = "library",
            Images = ImageSupport.Inline,
            CutsLongPrompts = true,
            ForcesTools = false,
            TakesChoices = false,
            LoadsModels = true,
            HeadersWithFirstToken = true,
            RoleInEveryChunk = true,
            WholeToolCalls = true
        },
        new(ServerKind.LmStudio)
        {
            OwnedBy = "organization_owner",
            Images = ImageSupport.Inline,
            ReasoningField = "reasoning_content",
            AnswersUnknownModels = true,
            LoadsModels = true,
            EmptyToolNames = true
        },
        new(ServerKind.OpenAi) { OwnedBy = "system", Images = ImageSupport.Any, ReasoningField = null },
        new(ServerKind.Anthropic) { Images = ImageSupport.Any },
        new(ServerKind.Mistral) { OwnedBy = "mistralai", AnswersUnknownModels = true },
        new(ServerKind.WhisperX) { AnswersUnknownModels = true },
        new(ServerKind.WhisperXTasks) { AnswersUnknownModels = true },
        new(ServerKind.WhisperAsr) { AnswersUnknownModels = true }
    ];

    public string Name { get; } = Kind.ToString().ToLowerInvariant();

    /// <summary>Under this path the process is this server, whatever it is elsewhere.</summary>
    public PathString Prefix { get; } = "/" + Kind.ToString().ToLowerInvariant();

    public string Fingerprint { get; private init; } = "modelsimulator";

    public string OwnedBy { get; private init; } = "vllm";

    public ImageSupport Images { get; private init; }

    /// <summary>Where a thought stands beside the content; none: it is not shown.</summary>
    public string? ReasoningField { get; private init; } = "reasoning";

    public bool ContinuesFinalMessage { get; private init; }

    /// <summary>Ollama: a prompt beyond the context loses its beginning, and nobody is told.</summary>
    public bool CutsLongPrompts { get; private init; }

    /// <summary>LM Studio and those that only transcribe: another name is answered by the model there is.</summary>
    public bool AnswersUnknownModels { get; private init; }

    /// <summary>Ollama knows no <c>tool_choice</c> and no <c>n</c>.</summary>
    public bool ForcesTools { get; private init; } = true;

    public bool TakesChoices { get; private init; } = true;

    /// <summary>The first request after a while waits until the model is in memory.</summary>
    public bool LoadsModels { get; private init; }

    public bool HeadersWithFirstToken { get; private init; }

    /// <summary>Ollama repeats the role and has no chunk for it alone.</summary>
    public bool RoleInEveryChunk { get; private init; }

    public bool WholeToolCalls { get; private init; }

    /// <summary>LM Studio: later parts of a streamed call have an empty name.</summary>
    public bool EmptyToolNames { get; private init; }

    public static Personality Of(HttpContext context) => context.Features.Get<Personality>()!;

    public static Personality Of(ServerKind kind) => All.First(personality => personality.Kind == kind);

    public static Personality Of(string name) => All.First(personality => personality.Name == name);
}
