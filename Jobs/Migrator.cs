using System.Data;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using AiPlatform.Jobs.Maintenance;
using AiPlatform.Jobs.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>Brings the schema up to date before the process serves: forward only, in file order, each migration in its own transaction, one
/// process at a time. A migration that was applied and has changed since stops the start: an applied migration is history.</summary>
sealed partial class Migrator(NpgsqlDataSource source, IOptions<JobsOptions> options, TimeProvider time, ILogger<Migrator> log)
    : IHostedLifecycleService
{
    /// <summary>Any number does, as long as no other program in the database takes the same advisory lock.</summary>
    const long LockKey = 0x41_69_50_6c_61_74_01;

    /// <summary>A migration of large tables, and the wait for another process that runs it, take what they take; the start's own token ends
    /// them.</summary>
    const int NoLimit = 0;

    /// <summary>Postgres may still be starting when the process does.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async Task StartingAsync(CancellationToken ct)
    {
        if (options.Value.MigrateOnStart)
        {
            await MigrateAsync(ct);
        }
    }

    public async Task MigrateAsync(CancellationToken ct)
    {
        await using var connection = await ConnectAsync(ct);
        await ExecuteAsync(connection, new Statement("migration_lock").With(LockKey), ct);
        try
        {
            await ApplyMissingAsync(connection, ct);
        }
        finally
        {
            // The connection goes back to its pool, and the lock would live on with it.
            if (connection.State == ConnectionState.Open)
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
                await ExecuteAsync(connection, new Statement("unlock").With(LockKey), limit.Token);
            }
        }
    }

    async Task ApplyMissingAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await ExecuteAsync(connection, new Statement("migration_table"), ct);
        var applied = (await Database.QueryAsync(
            connection, new Statement("list_migrations"), row => (Name: row.GetString(0), Checksum: row.GetFieldValue<byte[]>(1)), ct))
            .ToDictionary(row => row.Name, row => row.Checksum);

        foreach (var name in EmbeddedText.Names.Where(name => char.IsAsciiDigit(name[0])).Order(StringComparer.Ordinal))
        {
            var text = EmbeddedText.Get(name);
            var checksum = SHA256.HashData(Encoding.UTF8.GetBytes(text));
            if (!applied.TryGetValue(name, out var before))
            {
                await ApplyAsync(connection, name, text, checksum, ct);
            }
            else if (!checksum.AsSpan().SequenceEqual(before))
            {
                throw new InvalidOperationException(
                    $"Migration {name} was applied with another content (SHA-256 {Convert.ToHexStringLower(before)}, now "
                    + $"{Convert.ToHexStringLower(checksum)}). Restore the file and put the change into a new migration.");
            }
        }
        try
        {
            // The first job may be submitted before the maintenance loops have run.
            await ExecuteAsync(connection, new Statement("make_days").With(PartitionKeeper.DaysAhead), ct);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            // No reason not to start: the maintenance loops try again, and rows without a day of their own find a place.
            LogPartitionsLater();
        }
    }

    async Task ApplyAsync(NpgsqlConnection connection, string name, string text, byte[] checksum, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = text;
            command.CommandTimeout = NoLimit;
            try
            {
                await command.ExecuteNonQueryAsync(ct);
            }
            catch (PostgresException lack) when (lack.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // An administrator of the server can repair it, and the message says how.
                throw new OptionsValidationException("", typeof(JobsOptions), [$"The user of DATABASE_URL may not apply the migration {name}: {lack.MessageText}"]);
            }
        }
        await ExecuteAsync(connection, new Statement("record_migration").With(name).With(checksum, NpgsqlDbType.Bytea), ct);
        await transaction.CommitAsync(ct);
        LogApplied(name);
    }

    async Task<NpgsqlConnection> ConnectAsync(CancellationToken ct)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await source.OpenConnectionAsync(ct);
            }
            catch (NpgsqlException failure) when (failure.InnerException is AuthenticationException distrust)
            {
                // Waiting does not change it.
                throw new OptionsValidationException(
                    "", typeof(JobsOptions), [$"DATABASE_URL asks for a certificate that Postgres does not show (sslmode, sslrootcert): {distrust.Message}"]);
            }
            catch (NpgsqlException failure) when (Database.IsAbsence(failure))
            {
                if (time.GetElapsedTime(start) > Patience)
                {
                    throw new StoreUnavailableException(
                        $"Postgres did not answer within {Patience.TotalSeconds:0} s of the start: {failure.GetBaseException().Message}", failure);
                }
                LogWaiting(failure.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, ct);
            }
        }
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, Statement statement, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        statement.Fill(command);
        command.CommandTimeout = NoLimit;
        await command.ExecuteNonQueryAsync(ct);
    }

    public Task StartAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken ct) => Task.CompletedTask;

    [LoggerMessage(2001, LogLevel.Information, "Applied migration {Name}.")]
    partial void LogApplied(string name);

    [LoggerMessage(2003, LogLevel.Warning, "A long transaction holds the job tables: partitions are left to the maintenance loops.")]
    partial void LogPartitionsLater();

    [LoggerMessage(2002, LogLevel.Warning, "Waiting for Postgres: {Reason}")]
    partial void LogWaiting(string reason);
}
