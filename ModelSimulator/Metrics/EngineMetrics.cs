using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Metrics;

/// <summary>Counts what one engine really does. Not synchronised: the engine's lock guards it.</summary>
sealed class EngineMetrics
{
    readonly double frequency;
    readonly long[] finished;

    public EngineMetrics(int maxModelLen, double frequency)
    {
        this.frequency = frequency;
        finished = new long[Enum.GetValues<FinishReason>().Length];
        var tokens = Buckets.Tokens(maxModelLen);
        RequestPromptTokens = new Histogram(tokens);
        RequestGenerationTokens = new Histogram(tokens);
        RequestMaxGenerationTokens = new Histogram(tokens);
        ParamsMaxTokens = new Histogram(tokens);
        PrefillComputedTokens = new Histogram(tokens);
    }

    EngineMetrics(EngineMetrics other)
    {
        frequency = other.frequency;
        finished = [.. other.finished];
        PromptTokens = other.PromptTokens;
        GenerationTokens = other.GenerationTokens;
        Preemptions = other.Preemptions;
        Rejections = other.Rejections;
        CachedTokens = other.CachedTokens;
        ClientsLeft = other.ClientsLeft;
        TimeToFirstToken = other.TimeToFirstToken.Copy();
        InterTokenLatency = other.InterTokenLatency.Copy();
        TimePerOutputToken = other.TimePerOutputToken.Copy();
        EndToEnd = other.EndToEnd.Copy();
        Queue = other.Queue.Copy();
        Inference = other.Inference.Copy();
        Prefill = other.Prefill.Copy();
        Decode = other.Decode.Copy();
        RequestPromptTokens = other.RequestPromptTokens.Copy();
        RequestGenerationTokens = other.RequestGenerationTokens.Copy();
        RequestMaxGenerationTokens = other.RequestMaxGenerationTokens.Copy();
        ParamsMaxTokens = other.ParamsMaxTokens.Copy();
        ParamsN = other.ParamsN.Copy();
        PrefillComputedTokens = other.PrefillComputedTokens.Copy();
        IterationTokens = other.IterationTokens.Copy();
    }

    public long PromptTokens { get; private set; }
    public long GenerationTokens { get; private set; }
    public long CachedTokens { get; private set; }
    public long Preemptions { get; private set; }
    public long Rejections { get; private set; }
    public long ClientsLeft { get; private set; }

    public Histogram TimeToFirstToken { get; } = new(Buckets.FirstToken);
    public Histogram InterTokenLatency { get; } = new(Buckets.PerToken);
    public Histogram TimePerOutputToken { get; } = new(Buckets.PerToken);
    public Histogram EndToEnd { get; } = new(Buckets.Request);
    public Histogram Queue { get; } = new(Buckets.Request);
    public Histogram Inference { get; } = new(Buckets.Request);
    public Histogram Prefill { get; } = new(Buckets.Request);
    public Histogram Decode { get; } = new(Buckets.Request);
    public Histogram RequestPromptTokens { get; }
    public Histogram RequestGenerationTokens { get; }
    public Histogram RequestMaxGenerationTokens { get; }
    public Histogram ParamsMaxTokens { get; }
    public Histogram ParamsN { get; } = new(Buckets.Choices);
    public Histogram PrefillComputedTokens { get; }
    public Histogram IterationTokens { get; } = new(Buckets.Iteration);

    public long FinishedBy(FinishReason reason) => finished[(int)reason];

    public void Rejected() => Rejections++;

    public void Preempted() => Preemptions++;

    public void ClientLeft() => ClientsLeft++;

    public void Stepped(int tokens)
    {
        if (tokens > 0)
            IterationTokens.Observe(tokens);
    }

    /// <summary>Called before the sequence counts the tokens itself.</summary>
    public void Generated(Sequence sequence, int count, long now)
    {
        GenerationTokens += count;
        if (sequence.FirstToken is null)
        {
            PromptTokens += sequence.Plan.PromptTokens;
            CachedTokens += sequence.CachedTokens;
            TimeToFirstToken.Observe(Seconds(sequence.Arrived, now));
        }
        else
        {
            InterTokenLatency.Observe(Seconds(sequence.LastToken, now));
        }

        if (count > 1)
            InterTokenLatency.Observe(0, count - 1);
    }

    public void Finished(Sequence sequence, FinishReason reason, long now)
    {
        finished[(int)reason]++;
        EndToEnd.Observe(Seconds(sequence.Arrived, now));
        RequestPromptTokens.Observe(sequence.Plan.PromptTokens);
        RequestGenerationTokens.Observe(sequence.Generated);
        RequestMaxGenerationTokens.Observe(sequence.Generated);
        ParamsMaxTokens.Observe(sequence.Plan.MaxTokens);
        if (sequence.Plan.Choices > 0)
            ParamsN.Observe(sequence.Plan.Choices);
        if (sequence.Admitted is not { } admitted)
            return;
        Queue.Observe(Seconds(sequence.Arrived, admitted));
        if (sequence.FirstToken is not { } first)
            return;
        PrefillComputedTokens.Observe(sequence.Plan.PromptTokens - sequence.CachedTokens);
        Prefill.Observe(Seconds(admitted, first));
        Decode.Observe(Seconds(first, sequence.LastToken));
        Inference.Observe(Seconds(admitted, sequence.LastToken));
        if (sequence.Generated > 1)
            TimePerOutputToken.Observe(Seconds(first, sequence.LastToken) / (sequence.Generated - 1));
    }

    public EngineMetrics Copy() => new(this);

    double Seconds(long from, long to) => (to - from) / frequency;
}
