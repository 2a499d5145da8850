using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>A request that was read and found good: what to generate, on which engine, in which shape.</summary>
sealed class Inference
{
    public Inference(ServedModel model, AnswerText text, int promptTokens, int maxTokens, bool stream, IAnswerFormat format, Fault? fault)
    {
        Model = model;
        Text = text;
        Stream = stream;
        Format = format;

        // Only a stream can end in these ways.
        Fault = !stream && fault is { Kind: FaultKind.Truncate or FaultKind.NoDone } ? null : fault;
        Plan = PlanFor(text, promptTokens, maxTokens, Fault);
    }

    public ServedModel Model { get; }

    public AnswerText Text { get; }

    public bool Stream { get; }

    public IAnswerFormat Format { get; }

    public Fault? Fault { get; }

    public SequencePlan Plan { get; }

    static SequencePlan PlanFor(AnswerText text, int promptTokens, int maxTokens, Fault? fault)
    {
        var tokens = Math.Min(text.Tokens, maxTokens);
        return new SequencePlan
        {
            PromptTokens = promptTokens,
            AnswerTokens = tokens,
            MaxTokens = maxTokens,
            Finish = text.Tokens > maxTokens ? FinishReason.Length : FinishReason.Stop,
            FirstTokenDelay = fault is { Kind: FaultKind.Slow, For: { } late } ? late : TimeSpan.Zero,
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
