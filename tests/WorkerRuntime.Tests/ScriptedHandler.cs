using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using AiPlatform.Contracts;

namespace AiPlatform.WorkerRuntime.Tests;

/// <summary>A handler that does what the test says, and tells when it begins.</summary>
sealed class ScriptedHandler(Func<Attempt, CancellationToken, Task<AttemptOutcome>> script) : IJobHandler
{
    readonly Channel<Attempt> started = Channel.CreateUnbounded<Attempt>();
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    volatile IReadOnlyList<Opening>? openings;
    int running;

    public string Kind => "scripted";

    public IReadOnlyList<string> TaskTypes => ["llm_chat"];

    public IReadOnlyList<string> ModelProfiles => openings is { } all ? [.. all.Select(opening => opening.ModelProfile)] : [];

    public IReadOnlyList<Opening>? Openings => openings;

    public Task OpeningsChanged => changed.Task;

    public Func<ClaimedJob, IDisposable?> Admitting { get; init; } = _ => null;

    /// <summary>The most attempts that ran at the same time.</summary>
    public int MostRunning { get; private set; }

    public ConcurrentBag<Guid> Ended { get; } = [];

    public static AttemptOutcome Done { get; } = new AttemptOutcome.Succeeded(JsonElement.Parse("""{"done":true}"""));

    public static ScriptedHandler Answering(AttemptOutcome outcome) => new((_, _) => Task.FromResult(outcome));

    /// <summary>Runs until it is told to stop.</summary>
    public static ScriptedHandler Endless() => new(async (_, ct) =>
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, ct);
        return Done;
    });

    /// <summary>From now on the handler says what can be started: so much of its one profile.</summary>
    public void Open(JobPriority? lowest, int room) => Open(new Opening("default", "p", lowest, room, LowestInstead: null));

    public void Open(params IReadOnlyList<Opening> all)
    {
        openings = all;
        Interlocked.Exchange(ref changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public IDisposable? Admit(ClaimedJob job) => Admitting(job);

    /// <summary>The next attempt that begins.</summary>
    public async Task<Attempt> StartedAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        return await started.Reader.ReadAsync(limit.Token);
    }

    public bool HasStartedMore => started.Reader.TryPeek(out _);

    public async Task<AttemptOutcome> RunAsync(Attempt attempt, CancellationToken cancellationToken)
    {
        lock (started)
        {
            MostRunning = Math.Max(MostRunning, ++running);
        }
        try
        {
            Assert.True(started.Writer.TryWrite(attempt));
            return await script(attempt, cancellationToken);
        }
        finally
        {
            Ended.Add(attempt.Job.Id);
            lock (started)
            {
                running--;
            }
        }
    }

    public IReadOnlyList<ProviderReport> ProviderReports() => [new() { Name = "scripted", Configured = true, Circuit = "closed" }];
}
