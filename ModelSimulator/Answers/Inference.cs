using AiPlatform.ModelSimulator.Engine;
using AiPlatform.ModelSimulator.Faults;

namespace AiPlatform.ModelSimulator.Answers;

/// <summary>A request that was read and found good: what to generate, on which engine, in which shape.</summary>
internal sealed class Inference
{
    public Inference(ServedModel model, AnswerText text, int promptTokens, int maxTokens, bool stream, IAnswerFormat format, Fault? fault)
    {
        Model = model;
        Text = text;
        Stream = stream;
        Format = format;
        Fault = fault;
        Plan = PlanFor(text, promptTokens, maxTokens, fault);
    }

    public ServedModel Model { get; }

    public AnswerText Text { get; }

    public bool Stream { get; }

    public IAnswerFormat Format { get; }

    public Fault? Fault { get; }

    public SequencePlan Plan { get; }

    private static SequencePlan PlanFor(AnswerText text, int promptTokens, int maxTokens, Fault? fault)
    {
        var tokens = Math.Min(text.Tokens, maxTokens);
        return new SequencePlan
        {
            PromptTokens = promptTokens,
            AnswerTokens = tokens,
            MaxTokens = maxTokens,
            Finish = text.Tokens > maxTokens ? FinishReason.Length : FinishReason.Stop,
            FirstTokenDelay = fault is { Kind: FaultKind.Slow, For: { } late } ? late : TimeSpan.Zero,
            TokenDelay = fault is { Kind: FaultKind.Slow } slow ? slow.Every : TimeSpan.Zero,
            StallAfter = fault switch
            {
                { Kind: FaultKind.Hang } => 0,
                { Kind: FaultKind.Stall } stall => Math.Min(stall.After, tokens - 1),
                _ => null
            },
            StallFor = fault?.Pause ?? TimeSpan.Zero,
            OutlivesClient = fault is { Kind: FaultKind.IgnoreDisconnect }
        };
    }
}
