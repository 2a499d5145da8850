using System.Security.Cryptography;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Access;

/// <summary>
/// Who may call, in the memory of every process. It asks the store twice a second whether something has changed, which is one row, and reads anew only then: a change
/// made anywhere holds everywhere within a second, also without Redis. While Postgres is away those known last stay in force; what ends by time ends all the same.
/// </summary>
sealed partial class CallerDirectory(
    CallerStore store, CallersFile file, IOptions<ApiOptions> options, TimeProvider time, ILogger<CallerDirectory> logger) : BackgroundService
{
    static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the start waits for Postgres; as long as migrating does.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly byte[]? _service = string.IsNullOrEmpty(options.Value.ServiceToken) ? null : CallerTokens.Hash(options.Value.ServiceToken);
    readonly SemaphoreSlim _reading = new(1);
    volatile KnownCallers _known = new(-1, []);

    public KnownCallers Known => _known;

    /// <summary>Whether somebody who has no token may be let in: nobody ever gave one out, and no file is there to say who may call.</summary>
    public bool IsOpen => _service is null && !file.IsSet && _known.IsEmpty;

    /// <summary>Whether <c>CALLERS_FILE</c> is set, which alone changes its callers then.</summary>
    public bool HasFile => file.IsSet;

    /// <summary>Whether there is no <c>AI_SERVICE_TOKEN</c>, which would be an administrator whatever becomes of the others.</summary>
    public bool HasNoServiceToken => _service is null;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadFirstAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public (Caller? Caller, AccessFailure Failure) Find(string token)
    {
        var hash = CallerTokens.Hash(token);
        // Hashes have one length, so the time of the comparison tells nothing of the token, not even how long it is.
        return _service is not null && CryptographicOperations.FixedTimeEquals(hash, _service)
            ? (Caller.Service, default)
            : _known.Find(hash, time.GetUtcNow());
    }

    /// <summary>Reads the callers where something has changed.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        // One after the other: what was read before a change must not take the place of what was read after it.
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var version = await store.VersionAsync(cancellationToken);
            // A change that comes in between is read now, and once more with its own number.
            if (version != _known.Version)
                _known = new KnownCallers(version, await store.AllAsync(cancellationToken));
        }
        finally
        {
            _reading.Release();
        }
    }

    public override void Dispose()
    {
        _reading.Dispose();
        base.Dispose();
    }

    /// <summary>The file is looked at beside: what it says may have to wait for a connection that callers keep busy, and the change of another instance must not wait with it.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        List<Task> loops = [RepeatAsync(RefreshAsync, end.Token)];
        if (file.IsSet)
            loops.Add(RepeatAsync(LookAtFileAsync, end.Token));
        await Task.WhenAny(loops);
        await end.CancelAsync();
        await Task.WhenAll(loops);
    }

    async Task LookAtFileAsync(CancellationToken cancellationToken)
    {
        await file.LookAsync(cancellationToken);
        await RefreshAsync(cancellationToken);
    }

    async Task RepeatAsync(Func<CancellationToken, Task> look, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        var isBehind = false;
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await look(cancellationToken);
                isBehind = false;
            }
            catch (StoreUnavailableException absence)
            {
                if (!isBehind)
                    LogBehind(logger, absence.Message);
                isBehind = true;
            }
        }
    }

    async Task ReadFirstAsync(CancellationToken cancellationToken)
    {
        for (var start = time.GetTimestamp(); ; await Task.Delay(Period, time, cancellationToken))
        {
            try
            {
                await file.StartAsync(cancellationToken);
                await RefreshAsync(cancellationToken);
                return;
            }
            catch (StoreUnavailableException absence) when (time.GetElapsedTime(start) < Patience)
            {
                LogWaiting(logger, absence.Message);
            }
        }
    }

    [LoggerMessage(1065, LogLevel.Information, "The start waits for Postgres, to read the callers. {Reason}")]
    static partial void LogWaiting(ILogger logger, string reason);

    [LoggerMessage(1060, LogLevel.Warning, "Changes of callers are not seen; those known last stay in force. {Reason}")]
    static partial void LogBehind(ILogger logger, string reason);
}
