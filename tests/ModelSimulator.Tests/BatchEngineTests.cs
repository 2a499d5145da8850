using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Tests;

public sealed class BatchEngineTests
{
    readonly ManualTime time = new();

    [Fact]
    public void The_first_token_comes_in_its_time_and_then_one_with_each_step()
    {
        using var engine = Engine(firstToken: 100, step: 10);
        var sequence = Submit(engine, tokens: 5);
        Assert.Equal([0, 1, 1, 2, 5], Track(sequence, 99, 1, 9, 1, 30));
        Assert.True(sequence.IsEnded);
    }

    [Fact]
    public void One_step_gives_a_token_to_every_running_sequence()
    {
        using var engine = Engine(firstToken: 0, step: 10);
        var sequences = Enumerable.Range(0, 4).Select(_ => Submit(engine, tokens: 100)).ToList();
        time.Advance(500);
        Assert.Equal([51, 50, 50, 50], sequences.Select(sequence => sequence.Generated));
        Assert.Equal(51, Steps(engine));
    }

    [Fact]
    public void A_full_batch_is_slower_by_the_load_factor()
    {
        using var engine = Engine(firstToken: 0, step: 10, loadFactor: 3, maxRunning: 2);
        var alone = Submit(engine, tokens: 1000);
        time.Advance(300);
        Assert.Equal(31, alone.Generated);
        Submit(engine, tokens: 1000);
        time.Advance(300);
        Assert.Equal(41, alone.Generated);
    }

    [Fact]
    public void A_late_timer_is_caught_up_and_a_long_pause_is_not()
    {
        using var engine = Engine(firstToken: 0, step: 10);
        var sequence = Submit(engine, tokens: 1000);
        time.AdvanceAsleep(95);
        time.Advance(0);
        Assert.Equal(10, sequence.Generated);
        time.AdvanceAsleep(5000);
        time.Advance(0);
        Assert.Equal(11, sequence.Generated);
    }

    [Fact]
    public void Without_latency_a_submit_returns_with_all_tokens()
    {
        using var engine = Engine(firstToken: 0, step: 0);
        var sequence = Submit(engine, tokens: 500);
        Assert.Equal((true, 500, FinishReason.Stop), (sequence.IsEnded, sequence.Generated, sequence.Finish));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_full_cache_preempts_the_youngest_and_both_still_end(double step)
    {
        using var engine = Engine(firstToken: 0, step, maxModelLen: 160, kvBlocks: 10);
        var older = Submit(engine, tokens: 120, promptTokens: 30);
        var younger = Submit(engine, tokens: 120, promptTokens: 30);
        time.Advance(1000);

        Assert.Equal((true, 120), (older.IsEnded, older.Generated));
        Assert.Equal((true, 120), (younger.IsEnded, younger.Generated));
        Assert.True(older.EndedAt <= younger.EndedAt);
        Assert.Equal(step > 0 ? 1 : 0, engine.Read().Metrics.Preemptions);
        Assert.Equal(0, engine.Read().KvUsage);
    }

    [Fact]
    public void A_stalled_sequence_holds_the_cache_and_one_that_does_not_fit_waits()
    {
        using var engine = Engine(firstToken: 0, step: 0, maxModelLen: 160, kvBlocks: 10);
        var stalled = new Sequence(Plan(tokens: 100, promptTokens: 30) with { StallAfter = 3, StallFor = Timeout.InfiniteTimeSpan }, time.GetTimestamp());
        Assert.True(engine.TrySubmit([stalled]));
        var next = Submit(engine, tokens: 50, promptTokens: 30);
        Assert.Equal((1, 1), (engine.Read().Running, engine.Read().Waiting));
        engine.Leave([stalled]);
        Assert.Equal((true, 50), (next.IsEnded, next.Generated));
        Assert.Equal((FinishReason.Abort, 3, 0), (stalled.Finish, stalled.Generated, stalled.TokensAfterClientLeft));
    }

    [Fact]
    public void A_stopped_engine_takes_nothing_more()
    {
        using var engine = Engine(firstToken: 100, step: 10);
        var running = Submit(engine, tokens: 5);
        engine.Stop();
        Assert.Equal(FinishReason.Error, running.Finish);
        Assert.False(engine.TrySubmit([new Sequence(Plan(5, 10), time.GetTimestamp())]));
    }

    IEnumerable<int> Track(Sequence sequence, params double[] milliseconds)
    {
        foreach (var step in milliseconds)
        {
            time.Advance(step);
            yield return sequence.Generated;
        }
    }

    BatchEngine Engine(double firstToken, double step, double loadFactor = 1, int maxRunning = 8, int maxModelLen = 32_768, int kvBlocks = 16_384) => new(
        new SimulatorOptions
        {
            FirstTokenMs = firstToken,
            InterTokenMs = step,
            LoadFactor = loadFactor,
            MaxRunning = maxRunning,
            MaxModelLen = maxModelLen,
            KvBlocks = kvBlocks
        },
        time);

    Sequence Submit(BatchEngine engine, int tokens, int promptTokens = 10)
    {
        var sequence = new Sequence(Plan(tokens, promptTokens), time.GetTimestamp());
        Assert.True(engine.TrySubmit([sequence]));
        return sequence;
    }

    static SequencePlan Plan(int tokens, int promptTokens) =>
        new() { PromptTokens = promptTokens, AnswerTokens = tokens, MaxTokens = tokens, Finish = FinishReason.Stop };

    static long Steps(BatchEngine engine) => engine.Read().Metrics.IterationTokens.Counts.ToArray().Sum();
}
