using System.Data;
using System.Text.Json;
using AiPlatform.Jobs.Index;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiPlatform.Jobs.Maintenance;

/// <summary>Runs the loops in the one process that holds the advisory lock; the others stand by and one of them takes over when the holder's
/// connection ends. A leader that lost its connection may still be in a run while the next one begins: every loop allows that. One that Redis is away
/// for leaves the lock to the others, and takes it back when none of them wants it: then Redis is away for all, and Postgres alone is kept in order.</summary>
sealed partial class MaintenanceLeader(
    NpgsqlDataSource source, RedisLink link, IEnumerable<IMaintenanceLoop> loops, JobsTelemetry telemetry, TimeProvider time,
    ILogger<MaintenanceLeader> log)
    : BackgroundService
{
    const long LockKey = 0x41_69_50_6c_61_74_02;

    /// <summary>How often a stand-by asks for the lock, and the leader whether it still has it.</summary>
    static readonly TimeSpan Pulse = TimeSpan.FromSeconds(2);

    /// <summary>Pulses that the leader may miss, in Postgres' words.</summary>
    const string Silence = "10s";

    const string ForEver = "0";

    /// <summary>How long the end of a process may wait for Postgres to take the lock back.</summary>
    static readonly TimeSpan UnlockLimit = TimeSpan.FromSeconds(5);

    /// <summary>Pulses in a row without Redis at which a leader gives up its lock: a connection that was dead has another one by then.</summary>
    const int MostWithoutRedis = 3;

    /// <summary>The same for a leader that had the lock when it was without Redis already: nobody else wanted it, which may have changed.</summary>
    const int MostInNeed = 15;

    /// <summary>Pulses for which a process without Redis leaves the lock to one that has it.</summary>
    const int Deference = 1;

    /// <summary>Pulses in a row without Redis, since this process last gave up the lock.</summary>
    int _without;

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var pulse = new PeriodicTimer(Pulse, time);
        do
        {
            try
            {
                await LeadAsync(pulse, ct);
            }
            catch (Exception failure) when (Database.IsAbsence(failure) || failure is StoreUnavailableException)
            {
                LogLost(failure.GetBaseException().Message);
            }
        }
        while (await NextAsync(pulse, ct));
    }

    /// <summary>Returns at once if another process leads; else when the lock is lost.</summary>
    async Task LeadAsync(PeriodicTimer pulse, CancellationToken ct)
    {
        CountPulse();
        if (_without is > 0 and <= Deference)
        {
            return;
        }
        await using var connection = await source.OpenConnectionAsync(ct);
        // Until Postgres has said that another has it, this one may have it: an answer can come too late to be heard.
        var mayHaveLock = true;
        try
        {
            mayHaveLock = await HasLockAsync(connection, ct);
            if (mayHaveLock)
            {
                await RunLoopsAsync(connection, pulse, ct);
            }
        }
        finally
        {
            if (mayHaveLock)
            {
                await UnlockAsync(connection);
            }
        }
    }

    async Task RunLoopsAsync(NpgsqlConnection connection, PeriodicTimer pulse, CancellationToken ct)
    {
        LogLeading();
        var most = _without == 0 ? MostWithoutRedis : MostInNeed;
        _without = 0;
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        foreach (var loop in loops)
        {
            loop.BeginToLead();
        }
        var running = loops.Select(loop => RepeatAsync(loop, leading.Token)).ToArray();
        try
        {
            while (_without < most && await NextAsync(pulse, ct) && await IsAliveAsync(connection, ct))
            {
                CountPulse();
                most = _without == 0 ? MostWithoutRedis : most;
            }
            if (_without == most)
            {
                _without = 0;
                LogYielded();
            }
        }
        finally
        {
            await leading.CancelAsync();
            await Task.WhenAll(running);
            telemetry.SetQueue(QueueReading.None);
            telemetry.SetCallbacks(null);
            telemetry.SetBatches(null);
            telemetry.SetParked(null);
        }
    }

    void CountPulse() => _without = link.IsAway ? _without + 1 : 0;

    /// <summary>The connection goes back to its pool and would keep the lock while the process drains, with nobody at work.</summary>
    async Task UnlockAsync(NpgsqlConnection connection)
    {
        if (connection.State != ConnectionState.Open)
        {
            return;
        }
        try
        {
            using var limit = new CancellationTokenSource(UnlockLimit, time);
            await Database.QueryAsync(connection, new Statement("unlock").With(LockKey), row => row.GetBoolean(0), limit.Token);
            await EndWhenSilentAsync(connection, ForEver, limit.Token);
        }
        catch (Exception failure) when (Database.IsAbsence(failure) || failure is OperationCanceledException)
        {
            // The lock is to go with the connection, which is to end when it comes back to the pool, broken or not.
            source.Clear();
        }
    }

    async Task RepeatAsync(IMaintenanceLoop loop, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(loop.Period, time);
        string? told = null;
        do
        {
            try
            {
                await MeasuredAsync(loop, ct);
                told = null;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException failure) when (failure.InnerException is not { } cause || Database.IsGone(cause))
            {
                // The leader's own connection tells of it, once.
            }
            catch (Exception failure)
            {
                // A chore that fails must not end the process that serves; it is tried again, and a person should look: also where the server is
                // there and cannot write, of which the leader's connection notices nothing. The same failure is told once.
                if (told != failure.Message)
                {
                    LogFailed(loop.GetType().Name, failure);
                }
                told = failure.Message;
            }
        }
        while (await NextAsync(timer, ct));
    }

    async Task MeasuredAsync(IMaintenanceLoop loop, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        try
        {
            var changed = await loop.RunAsync(ct);
            telemetry.Maintained(Word(loop), time.GetElapsedTime(start), changed, failure: null);
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            telemetry.Maintained(Word(loop), time.GetElapsedTime(start), changed: 0, failure);
            throw;
        }
    }

    static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return false;
        }
    }

    static string Word(IMaintenanceLoop loop) => JsonNamingPolicy.SnakeCaseLower.ConvertName(loop.GetType().Name);

    static async Task<bool> HasLockAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await Database.QueryAsync(connection, new Statement("maintenance_lock").With(LockKey).With(Silence), row => row.GetBoolean(0), ct))[0];

    static async Task EndWhenSilentAsync(NpgsqlConnection connection, string after, CancellationToken ct) =>
        await Database.QueryAsync(connection, new Statement("end_when_silent").With(after), row => row.GetString(0), ct);

    static async Task<bool> IsAliveAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await Database.QueryAsync(connection, new Statement("still_connected"), row => row.GetInt32(0), ct)).Count == 1;

    [LoggerMessage(2201, LogLevel.Information, "This process runs the maintenance loops.")]
    partial void LogLeading();

    [LoggerMessage(2202, LogLevel.Warning, "Maintenance stands still: {Reason}")]
    partial void LogLost(string reason);

    [LoggerMessage(2204, LogLevel.Warning, "Redis is away for this process: it leaves the maintenance loops to another, if one can reach Redis.")]
    partial void LogYielded();

    [LoggerMessage(2203, LogLevel.Error, "{Loop} failed; it is tried again.")]
    partial void LogFailed(string loop, Exception failure);
}
