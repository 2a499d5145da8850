using AiPlatform.ModelSimulator.Engine;
using static AiPlatform.ModelSimulator.Tests.SimulatorServer;

namespace AiPlatform.ModelSimulator.Tests;

/// <summary>vLLM's <c>priority</c>: lower is earlier, in the waiting line and, where the cache is full, in the batch.</summary>
public sealed class PriorityTests
{
    readonly ManualTime time = new();

    [Fact]
    public void A_free_place_goes_to_the_lowest_priority_and_then_to_the_first_to_come()
    {
        using var engine = Engine(maxRunning: 1);
        var running = Submit(engine, priority: 9);
        var late = Submit(engine, priority: 5);
        var first = Submit(engine, priority: 0);
        var second = Submit(engine, priority: 0);
        var soon = Submit(engine, priority: -1);
        List<Sequence> order = [];
        foreach (var _ in Enumerable.Range(0, 5))
        {
            var next = new[] { running, late, first, second, soon }.Single(sequence => sequence.State == SequenceState.Running);
            order.Add(next);
            engine.Leave([next]);
        }

        Assert.Equal([running, soon, first, second, late], order);
    }

    [Fact]
    public void A_full_batch_preempts_nobody_whatever_the_priority()
    {
        using var engine = Engine(maxRunning: 1);
        var running = Submit(engine, priority: 9);
        var urgent = Submit(engine, priority: 0);
        time.Advance(5);
        Assert.Equal((SequenceState.Running, SequenceState.Waiting), (running.State, urgent.State));
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(0, 9)]
    public void A_full_cache_preempts_the_highest_number(int older, int younger)
    {
        using var engine = Engine(maxRunning: 8, kvBlocks: 10);
        var first = Submit(engine, older, tokens: 120);
        var second = Submit(engine, younger, tokens: 120);
        var (important, other) = older < younger ? (first, second) : (second, first);
        time.Advance(1000);
        Assert.Equal((120, 120), (important.Generated, other.Generated));
        Assert.True(important.EndedAt < other.EndedAt);
        Assert.Equal(1, engine.Read().Metrics.Preemptions);
        Assert.Equal(0, engine.Read().KvUsage);
    }

    [Fact]
    public async Task A_server_with_the_policy_takes_a_priority()
    {
        await using var server = await StartAsync("SIMULATOR_SCHEDULING_POLICY=priority");
        await server.ChatAnswerAsync("""{"priority":5,"messages":[{"role":"user","content":"Hi"}]}""");
    }

    BatchEngine Engine(int maxRunning, int kvBlocks = 1024) => new(
        new SimulatorOptions { FirstTokenMs = 0, InterTokenMs = 1, MaxRunning = maxRunning, KvBlocks = kvBlocks, MaxModelLen = 160 }, time);

    Sequence Submit(BatchEngine engine, int priority, int tokens = 100)
    {
        var plan = new SequencePlan { PromptTokens = 30, AnswerTokens = tokens, MaxTokens = tokens, Finish = FinishReason.Stop, Priority = priority };
        var sequence = new Sequence(plan, time.GetTimestamp());
        Assert.True(engine.TrySubmit([sequence]));
        return sequence;
    }
}
