using AiPlatform.Contracts;
using AiPlatform.Jobs.Store;
using StackExchange.Redis;

namespace AiPlatform.Jobs;

/// <summary>
/// Pause and stop. They are rows in Postgres, and every claim looks at them in the statement that leases: after a halt has committed nothing of its scope
/// starts, whatever Redis knows. Redis is told so that claims do not ask for what they cannot get, and to wake them when a halt ends.
/// </summary>
public sealed partial class JobQueue
{
    /// <summary>How often a claim looks while Redis, which would wake it, is away and something is halted.</summary>
    static readonly TimeSpan LookWhileHalted = TimeSpan.FromMilliseconds(500);

    /// <summary>From now on no job of the scope is started anywhere; jobs in hand go on. Kept over restarts.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    public Task PauseAsync(QueueScope scope, string actor, CancellationToken ct) => HaltAsync(HaltKind.Paused, scope, actor, ct);

    /// <inheritdoc cref="PauseAsync(QueueScope, string, CancellationToken)"/>
    public Task PauseAsync(QueueScope scope, CancellationToken ct) => HaltAsync(HaltKind.Paused, scope, null, ct);

    /// <inheritdoc cref="PauseAsync(QueueScope, CancellationToken)"/>
    public Task PauseAsync(CancellationToken ct) => PauseAsync(QueueScope.Everything, ct);

    /// <summary>Ends the pause of the scope and every pause inside it. A wider pause stays, and so does a stop.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    public Task ResumeAsync(QueueScope scope, string actor, CancellationToken ct) => LiftAsync(HaltKind.Paused, scope, actor, ct);

    /// <inheritdoc cref="ResumeAsync(QueueScope, string, CancellationToken)"/>
    public Task ResumeAsync(QueueScope scope, CancellationToken ct) => LiftAsync(HaltKind.Paused, scope, null, ct);

    /// <inheritdoc cref="ResumeAsync(QueueScope, CancellationToken)"/>
    public Task ResumeAsync(CancellationToken ct) => ResumeAsync(QueueScope.Everything, ct);

    /// <summary>The same as a pause by another switch, which only <see cref="StartAsync(QueueScope, string, CancellationToken)"/> undoes: a part that is paused for a reason of its own stays
    /// so when the whole queue was stopped and is started again.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    public Task StopAsync(QueueScope scope, string actor, CancellationToken ct) => HaltAsync(HaltKind.Stopped, scope, actor, ct);

    /// <inheritdoc cref="StopAsync(QueueScope, string, CancellationToken)"/>
    public Task StopAsync(QueueScope scope, CancellationToken ct) => HaltAsync(HaltKind.Stopped, scope, null, ct);

    /// <summary>Ends the stop of the scope and every stop inside it. A wider stop stays, and so does a pause.</summary>
    /// <param name="actor">Who does it, for the audit.</param>
    public Task StartAsync(QueueScope scope, string actor, CancellationToken ct) => LiftAsync(HaltKind.Stopped, scope, actor, ct);

    /// <inheritdoc cref="StartAsync(QueueScope, string, CancellationToken)"/>
    public Task StartAsync(QueueScope scope, CancellationToken ct) => LiftAsync(HaltKind.Stopped, scope, null, ct);

    /// <summary>Every pause and stop in force.</summary>
    public async Task<IReadOnlyList<QueueHalt>> HaltsAsync(CancellationToken ct) => await _store.HaltsAsync(ct);

    /// <summary>Makes the index say what the store says of halts; answers whether it said something else.</summary>
    internal async Task<bool> ShowHaltsAsync(CancellationToken ct) => await ShowAsync(await _store.HaltedLanesAsync(ct));

    Task<bool> ShowAsync(HaltedLanes halted) =>
        _index.SetPausedAsync(halted.Everything ? ["*"] : [.. halted.Ids.Select(lane => (RedisValue)lane)]);

    async Task HaltAsync(HaltKind kind, QueueScope scope, string? actor, CancellationToken ct)
    {
        await _store.HaltAsync(kind, Lane(scope), actor, ct);
        await ShowHaltsAsync(ct);
    }

    async Task LiftAsync(HaltKind kind, QueueScope scope, string? actor, CancellationToken ct)
    {
        await _store.LiftAsync(kind, Lane(scope), actor, ct);
        await ShowHaltsAsync(ct);
    }

    /// <summary>Jobs of a halted lane are handed out where the index does not know of the halt yet. It is told, and they go back to their place at
    /// once: their check would bring them back later than a resume should take. So do those of a halt that has ended since.</summary>
    async Task PutBackAsync(Guid[] ids, CancellationToken ct)
    {
        var halted = await _store.HaltedLanesAsync(ct);
        if (halted.Any)
        {
            await ShowAsync(halted);
        }
        var rows = await _store.OpenAsync(ids, ct);
        await _index.MoveAsync([.. rows.Where(row => row is { Running: false, Overdue: false, DelayMs: 0 })]);
    }

    /// <summary>Whether only looking can tell that a halt has ended, and something is halted.</summary>
    async Task<bool> MustLookForLiftsAsync(CancellationToken ct) =>
        IsDegraded && _options.Value.PollInterval > LookWhileHalted && (await _store.HaltsAsync(ct)).Count > 0;

    /// <summary>How long a claim that found nothing waits for a ring before it looks by itself.</summary>
    TimeSpan Patience(bool looksForLifts) => (IsDegraded, looksForLifts) switch
    {
        (false, _) => LookAnyway,
        (true, false) => _options.Value.PollInterval,
        (true, true) => Shorter(LookWhileHalted, _options.Value.PollInterval),
    };

    static LaneKey Lane(QueueScope scope) => new(scope.TaskType ?? QueueScope.Every, scope.ModelProfile ?? QueueScope.Every);
}
