using System.Data;
using System.Net.Sockets;
using Npgsql;

namespace AiPlatform.Jobs.Store;

/// <summary>Runs statements, alone or in a transaction, and tells an absent server from a wrong statement.</summary>
sealed class Database(NpgsqlDataSource source, PinnedPlans pinned)
{
    /// <summary>Statements that wait for many rows take them in one order where they can. Where they cannot, two may wait for each other; the
    /// server ends that by undoing one, which then runs again.</summary>
    const int TriesWhenUndone = 3;

    public async Task<List<T>> QueryAsync<T>(Statement statement, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await OnConnectionAsync(statement.IsPinned ? pinned.Source : source, connection => statement.Tenant is { } tenant
                    ? QueryAsync(connection, tenant, statement, read, ct)
                    : QueryAsync(connection, statement, read, ct), ct);
            }
            catch (PostgresException undone) when (IsUndone(undone) && attempt < TriesWhenUndone)
            {
            }
            catch (Exception failure) when (IsAbsence(failure))
            {
                throw Unavailable(failure);
            }
        }
    }

    public async Task<int> ExecuteAsync(Statement statement, CancellationToken ct)
    {
        try
        {
            return await OnConnectionAsync(source, connection => ExecuteAsync(connection, statement, ct), ct);
        }
        catch (Exception failure) when (IsAbsence(failure))
        {
            throw Unavailable(failure);
        }
    }

    /// <summary>Runs <paramref name="work"/>, of pinned statements, in one transaction, which is kept only if it answers true with its result.</summary>
    public async Task<T> TransactAsync<T>(Func<NpgsqlConnection, Task<(bool Keep, T Result)>> work, CancellationToken ct)
    {
        try
        {
            return await OnConnectionAsync(pinned.Source, async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                var (keep, result) = await work(connection);
                if (keep)
                {
                    // Whether it was stored is not known of one that is broken off. It takes no longer than a statement may.
                    await transaction.CommitAsync(CancellationToken.None);
                }
                return result;
            }, ct);
        }
        catch (Exception failure) when (IsAbsence(failure))
        {
            throw Unavailable(failure);
        }
    }

    /// <summary>Where a connection breaks, those that lie idle in its pool may be as dead: each would be found so only when a statement has waited its whole time
    /// for an answer. They are not taken any more.</summary>
    static async Task<T> OnConnectionAsync<T>(NpgsqlDataSource pool, Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await pool.OpenConnectionAsync(ct);
        try
        {
            return await work(connection);
        }
        catch when (connection.State != ConnectionState.Open)
        {
            pool.Clear();
            throw;
        }
    }

    public static async Task<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, Statement statement, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var command = await PrepareAsync(connection, statement, ct);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await RowsAsync(reader, read, ct);
    }

    /// <summary>In the role of a tenant, which is taken and left with the statement: both are one transaction and one round trip, so the connection goes back to
    /// its pool as it came.</summary>
    static async Task<List<T>> QueryAsync<T>(
        NpgsqlConnection connection, string tenant, Statement statement, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        await using var batch = connection.CreateBatch();
        new Statement("become_tenant").With(tenant).Fill(batch);
        statement.Fill(batch);
        if (statement.IsPrepared)
        {
            await batch.PrepareAsync(ct);
        }
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        return await RowsAsync(reader, read, ct);
    }

    static async Task<List<T>> RowsAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(read(reader));
        }
        return rows;
    }

    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, Statement statement, CancellationToken ct)
    {
        await using var command = await PrepareAsync(connection, statement, ct);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Prepares the statement, for as long as its connection lives: once that is done, it costs no call. Npgsql can prepare by itself what comes
    /// again, but when the run that does it fails, it takes the answer of the next one for a defect of the protocol (seen with 10.0.0).</summary>
    static async Task<NpgsqlCommand> PrepareAsync(NpgsqlConnection connection, Statement statement, CancellationToken ct)
    {
        var command = connection.CreateCommand();
        statement.Fill(command);
        if (statement.IsPrepared)
        {
            await command.PrepareAsync(ct);
        }
        return command;
    }

    /// <summary>Whether the same statement may succeed at another time. What the server says of a statement itself is a
    /// <see cref="PostgresException"/> of another class and stays one.</summary>
    public static bool IsAbsence(Exception failure) => IsGone(failure) || (failure is PostgresException said && (IsUnable(said) || IsUndone(said)));

    /// <summary>A server that is gone, going (57P: ended sessions, shutdown, start), full of sessions or silent. Statements of all kinds fail then.</summary>
    public static bool IsGone(Exception failure) => failure switch
    {
        PostgresException said => Class(said) is "08" || said.SqlState.StartsWith("57P", StringComparison.Ordinal)
            || said.SqlState is PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.QueryCanceled,
        NpgsqlException => true,
        SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>A server that is there and cannot do this now: short of disk, memory or another resource (53), at odds with its system (58), read-only
    /// after a failover, or kept off by somebody's lock.</summary>
    static bool IsUnable(PostgresException said) => Class(said) is "53" or "58"
        || said.SqlState is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.LockNotAvailable;

    /// <summary>Undone for the sake of another transaction (a deadlock, a failed serialization): to be tried again at once.</summary>
    static bool IsUndone(PostgresException said) => Class(said) is "40" && said.SqlState is not PostgresErrorCodes.TransactionIntegrityConstraintViolation;

    static string Class(PostgresException said) => said.SqlState[..2];

    static StoreUnavailableException Unavailable(Exception failure) =>
        new($"Postgres {(IsGone(failure) ? "cannot be reached" : "cannot do it now")}: {failure.GetBaseException().Message}", failure);
}
