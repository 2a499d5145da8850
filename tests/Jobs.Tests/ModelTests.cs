using AiPlatform.Contracts;
using AiPlatform.Testing;
using Xunit.Sdk;

namespace AiPlatform.Jobs.Tests;

/// <summary>Random sequences of everything that can be asked of the queue, held against <see cref="QueueModel"/>. The seed is printed; a failure
/// shows the shortest sequence found. <c>MODEL_SEED</c> repeats a run.</summary>
public sealed class ModelTests(Stores stores, OwnStores own) : IClassFixture<OwnStores>
{
    const int MaxRescues = 2;
    const int Hosts = 3;
    const int Sequences = 30;
    const int Steps = 30;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public Task The_queue_does_what_the_model_does() => CompareAsync(stores, hasRedis: true);

    [Fact]
    public async Task The_queue_does_what_the_model_does_while_Redis_is_dead()
    {
        await own.Stores.Redis.KillAsync(Ct);
        await CompareAsync(own.Stores, hasRedis: false);
    }

    static async Task CompareAsync(Stores on, bool hasRedis)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("MODEL_SEED"), out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"MODEL_SEED={seed}");
        await Task.WhenAll(Enumerable.Range(0, Hosts).Select(async i =>
        {
            await using var host = await JobsHost.StartAsync(on, maintenance: false, configure: options => options.MaxRescues = MaxRescues);
            await SplitAsync(host, i);
            var chance = new Random(seed + i);
            for (var round = 0; round < Sequences; round++)
            {
                var steps = Enumerable.Range(0, Steps).Select(_ => Step.Next(chance)).ToList();
                if (await FailureAsync(host, steps, hasRedis) is { } failure)
                {
                    failure = await ShortestAsync(host, steps, hasRedis) ?? failure;
                    Assert.Fail($"MODEL_SEED={seed}, {(hasRedis ? "with" : "without")} Redis. The shortest sequence that fails:\n{failure}");
                }
            }
        }));
    }

    /// <summary>One of the hosts has no lane split, one every lane, for the limit of an owner that never calls, and one only fair lanes: all jobs of a run
    /// are of one owner, whose order stays that of submission.</summary>
    static Task SplitAsync(JobsHost host, int number) => number switch
    {
        1 => host.Queue.SetShareAsync(new OwnerShare("nobody", Weight: 1, MostRunning: 1), "tests", Ct),
        2 => host.Queue.SetFairAsync(QueueScope.Everything, fair: true, "tests", Ct),
        _ => Task.CompletedTask,
    };

    /// <summary>Leaves out one step after the other as long as the rest still fails.</summary>
    static async Task<string?> ShortestAsync(JobsHost host, List<Step> steps, bool hasRedis)
    {
        string? last = null;
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            List<Step> shorter = [.. steps[..i], .. steps[(i + 1)..]];
            if (await FailureAsync(host, shorter, hasRedis) is { } failure)
            {
                (steps, last) = (shorter, failure);
            }
        }
        return last;
    }

    static async Task<string?> FailureAsync(JobsHost host, List<Step> steps, bool hasRedis)
    {
        var run = new ModelRun(host, MaxRescues, hasRedis);
        try
        {
            await run.RunAsync(steps);
            return null;
        }
        catch (XunitException difference)
        {
            return $"{run.Story}\n{difference.Message}";
        }
    }
}
