using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>What a prompt costs: its own time, the time of the others in the batch, and less of both where its beginning is in the cache.</summary>
public sealed class PrefillTests
{
    readonly ManualTime time = new();

    [Fact]
    public void The_first_token_comes_after_the_overhead_and_the_time_of_each_token_of_the_prompt()
    {
        using var engine = Engine(new() { FirstTokenMs = 100, InterTokenMs = 10, PrefillTokenMs = 2 });
        var sequence = Submit(engine, promptTokens: 50);
        Assert.Equal([0, 1, 1, 2], Track(sequence, 199, 1, 9, 1));
    }

    [Fact]
    public void A_running_answer_waits_while_a_prompt_is_read()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 10, PrefillTokenMs = 1 });
        var running = Submit(engine, promptTokens: 1);
        Assert.Equal([1, 2], Track(running, 1, 10));
        var next = Submit(engine, promptTokens: 100);

        // A step begins at 21: a token for the one, and the other's prompt, which takes that step 10 + 100.
        Assert.Equal([3, 3, 4], Track(running, 10, 109, 1));
        Assert.Equal(1, next.Generated);
    }

    [Fact]
    public void A_long_prompt_is_read_in_parts_of_what_a_step_has_room_for()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 10, PrefillTokenMs = 1, BatchTokens = 52 });
        var running = Submit(engine, promptTokens: 1);
        Assert.Equal([1, 2], Track(running, 1, 10));
        var next = Submit(engine, promptTokens: 100);
        Assert.Equal([3, 4, 4, 5], Track(running, 10, 60, 59, 1));
        Assert.Equal(1, next.Generated);
    }

    [Fact]
    public void Without_step_time_the_whole_answer_comes_after_the_prompt()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 0, PrefillTokenMs = 1 });
        var sequence = Submit(engine, promptTokens: 50);
        Assert.Equal([0, 9], Track(sequence, 49, 1));
        Assert.True(sequence.IsEnded);
    }

    [Fact]
    public void A_full_batch_is_slower_with_prompts_too()
    {
        using var engine = Engine(new() { FirstTokenMs = 10, InterTokenMs = 1000, PrefillTokenMs = 1, LoadFactor = 3, MaxRunning = 2 });
        Submit(engine, promptTokens: 1);
        time.Advance(11);
        var second = Submit(engine, promptTokens: 20);

        // Both wait for the step that ends at 3011; the next takes 3000 for the one and 60 for the prompt of the other.
        Assert.Equal([0, 1], Track(second, 6059, 1));
    }

    [Fact]
    public void A_prompt_that_begins_as_an_earlier_one_is_read_from_there_on()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 1, PrefillTokenMs = 1 });
        Submit(engine, promptTokens: 50, 1, 2, 3);
        time.Advance(1000);
        var second = Submit(engine, promptTokens: 50, 1, 2, 4);
        Assert.Equal([0, 1], Track(second, 17, 1));
        Assert.Equal((32, 32L), (second.CachedTokens, engine.Read().Metrics.CachedTokens));
    }

    [Fact]
    public void The_last_token_of_a_prompt_is_always_computed()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 1, PrefillTokenMs = 1 });
        Submit(engine, promptTokens: 32, 1, 2);
        time.Advance(1000);
        Assert.Equal(16, Submit(engine, promptTokens: 32, 1, 2).CachedTokens);
    }

    [Fact]
    public void Requests_at_the_same_time_hold_their_common_blocks_once()
    {
        using var engine = Engine(new() { FirstTokenMs = 1000, InterTokenMs = 1, MaxModelLen = 160, KvBlocks = 10 });
        for (var number = 0; number < 3; number++)
            Submit(engine, promptTokens: 70, 1, 2, 3, 4);

        // Each has 5 blocks, the last of its own.
        Assert.Equal((3, 0.7), (engine.Read().Running, engine.Read().KvUsage));
    }

    [Fact]
    public void Blocks_that_nobody_holds_give_way_the_end_of_the_oldest_prompt_first()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 0, MaxModelLen = 160, KvBlocks = 10 });
        Submit(engine, promptTokens: 70, 1, 2, 3, 4);
        Assert.Equal(0, engine.Read().KvUsage);
        Submit(engine, promptTokens: 118, 5, 6, 7, 8, 9, 10, 11);
        Assert.Equal(32, Submit(engine, promptTokens: 70, 1, 2, 3, 4).CachedTokens);
    }

    [Fact]
    public void A_reset_empties_the_cache()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 0 });
        Submit(engine, promptTokens: 50, 1, 2, 3);
        engine.Reset();
        Assert.Equal(0, Submit(engine, promptTokens: 50, 1, 2, 3).CachedTokens);
    }

    [Fact]
    public void Times_differ_by_chance_within_their_limits_and_the_same_with_the_same_seed()
    {
        var (ones, same, others) = (FirstTokens(seed: 1), FirstTokens(seed: 1), FirstTokens(seed: 2));
        Assert.Equal(ones, same);
        Assert.NotEqual(ones, others);
        Assert.InRange(ones.Distinct().Count(), 20, 50);
        Assert.All(ones, first => Assert.InRange(first, 30, 170));
        Assert.InRange(ones.Average(), 80, 120);
    }

    [Fact]
    public void Steps_differ_too()
    {
        using var engine = Engine(new() { FirstTokenMs = 0, InterTokenMs = 100, InterTokenStdDev = 30 });
        var sequence = Submit(engine, promptTokens: 1);
        var steps = new HashSet<long>();
        for (var last = sequence.LastToken; !sequence.IsEnded; last = sequence.LastToken)
        {
            while (sequence.LastToken == last)
                time.Advance(1);
            steps.Add(sequence.LastToken - last);
        }

        Assert.InRange(steps.Count, 4, 8);
    }

    /// <summary>Milliseconds to the first token of fifty requests one after the other.</summary>
    List<double> FirstTokens(int seed)
    {
        using var engine = Engine(new() { FirstTokenMs = 100, FirstTokenStdDev = 30, InterTokenMs = 0, Seed = seed });
        var times = new List<double>();
        for (var number = 0; number < 50; number++)
        {
            var sequence = Submit(engine, promptTokens: 1);
            time.Advance(1000);
            times.Add(time.GetElapsedTime(sequence.Arrived, sequence.FirstToken!.Value).TotalMilliseconds);
        }

        return times;
    }

    IEnumerable<int> Track(Sequence sequence, params double[] milliseconds)
    {
        foreach (var step in milliseconds)
        {
            time.Advance(step);
            yield return sequence.Generated;
        }
    }

    BatchEngine Engine(SimulatorOptions options) => new(options, time);

    Sequence Submit(BatchEngine engine, int promptTokens, params ulong[] blocks)
    {
        var plan = new SequencePlan { PromptTokens = promptTokens, PromptBlocks = blocks, AnswerTokens = 9, MaxTokens = 9, Finish = FinishReason.Stop };
        var sequence = new Sequence(plan, time.GetTimestamp());
        Assert.True(engine.TrySubmit([sequence]));
        return sequence;
    }
}
