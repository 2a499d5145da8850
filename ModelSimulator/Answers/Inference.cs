using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>A request that was read and found good: what to generate, on which engine, in which shape.</summary>
sealed class Inference(ServedModel model, IReadOnlyList<AnswerText> texts, int promptTokens, int maxTokens, IAnswerFormat format, IStreamFormat? stream, Fault? fault)
{
    // Only a stream can end in these ways.
    readonly Fault? fault = stream is null && fault is { Kind: FaultKind.Truncate or FaultKind.NoDone } ? null : fault;

    public ServedModel Model => model;

    public IAnswerFormat Format => format;

    /// <summary>Set when the tokens are sent one by one.</summary>
    public IStreamFormat? Stream => stream;

    public Fault? Fault => fault;

    /// <summary>One for each text, where they are not all the same prompt or where prompts are cached.</summary>
    public IReadOnlyList<Prompt>? Prompts { get; init; }

    /// <summary>Answers to each prompt.</summary>
    public int AnswersOfPrompt { get; init; } = texts.Count;

    /// <summary>Lower is earlier.</summary>
    public int Priority { get; init; }

    /// <summary>Before the first token, because the model is not in memory yet.</summary>
    public TimeSpan Loading { get; init; }

    /// <summary>Sequences for the engine, one for each answer.</summary>
    public IReadOnlyList<Choice> Begin(long now)
    {
        var choices = new Choice[texts.Count];
        for (var index = 0; index < choices.Length; index++)
        {
            var text = Said(texts[index]);
            var plan = Plan(text, Prompts?[index], index % AnswersOfPrompt == 0 ? AnswersOfPrompt : 0);
            var limit = fault is { Breaks: true } ? Math.Min(fault.After, plan.AnswerTokens) : int.MaxValue;
            choices[index] = new Choice(index, text, new Sequence(plan, now), limit) { SaysTime = fault?.Kind == FaultKind.Clock };
        }

        return choices;
    }

    /// <summary>What is said, whatever was meant to be: a model in a loop goes on to the limit.</summary>
    AnswerText Said(AnswerText text) => fault is { Kind: FaultKind.Loop } loop ? text.Loop(Math.Max(1, loop.After), maxTokens) : text;

    SequencePlan Plan(AnswerText text, Prompt? prompt, int choices)
    {
        var limit = fault is { Kind: FaultKind.Length } early ? Math.Min(maxTokens, Math.Max(1, early.After)) : maxTokens;
        var tokens = Math.Min(text.Tokens, limit);
        return new SequencePlan
        {
            PromptTokens = prompt?.Tokens ?? promptTokens,
            PromptBlocks = prompt?.Blocks ?? [],
            AnswerTokens = tokens,
            MaxTokens = limit,
            Choices = choices,
            Priority = Priority,
            Adapter = model.Base is null ? null : model.Name,
            Finish = text.Tokens > limit ? FinishReason.Length : FinishReason.Stop,
            FirstTokenDelay = Loading + (fault is { Kind: FaultKind.Slow, For: { } late } ? late : TimeSpan.Zero),
            TokenDelay = fault is { Kind: FaultKind.Slow or FaultKind.Clock } slow ? slow.Every : TimeSpan.Zero,
            StallAfter = fault switch
            {
                { Kind: FaultKind.Hang } => 0,
                { Kind: FaultKind.Stall } stall => Math.Min(stall.After, tokens - 1),

                // The engine must not finish the answer before the sender has broken it off.
                { Breaks: true } broken when broken.After < tokens => broken.After,
                _ => null
            },
            StallFor = fault is { Breaks: false } ? fault.Pause : Timeout.InfiniteTimeSpan,
            OutlivesClient = fault is { Kind: FaultKind.IgnoreDisconnect }
        };
    }
}
