using System.Diagnostics;
using AiPlatform.Jobs.Store;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>The ends of jobs that their callers have still to be told of. Each was noted by the transaction that ended its job. Several processes
/// may take callbacks side by side: one that is taken belongs to its taker until its lease ends. Every method throws
/// <see cref="StoreUnavailableException"/> while Postgres is away.</summary>
public sealed class CallbackOutbox
{
    /// <summary>Of more than these the number would cost more than it tells.</summary>
    const int MostCounted = 100_000;

    readonly Database _database;

    internal CallbackOutbox(Database database) => _database = database;

    /// <summary>Takes callbacks that are due, at most <paramref name="limit"/>.</summary>
    /// <param name="inHand">How many calls the taker is making to each host.</param>
    /// <param name="mostPerHost">Of one host, no more are taken than this, less those in hand.</param>
    /// <param name="lease">A callback that has not been begun, ended or repeated by then is given to the next who asks.</param>
    public async Task<IReadOnlyList<TakenCallback>> TakeAsync(
        IReadOnlyDictionary<string, int> inHand, int mostPerHost, int limit, TimeSpan lease, CancellationToken ct) => await _database.QueryAsync(
        new Statement("claim_callbacks")
            .With(inHand.Keys.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(inHand.Values.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(mostPerHost).With(limit).With(lease, NpgsqlDbType.Interval),
        Read, ct);

    /// <summary>It is called now, which counts as a try.</summary>
    /// <param name="lease">A callback that has not been ended or repeated by then is given to the next who asks.</param>
    /// <returns>Null where it is not the taker's any more: its lease ended, or its job has ended again.</returns>
    public async Task<TakenCallback?> BeginAsync(TakenCallback callback, TimeSpan lease, CancellationToken ct) =>
        await _database.QueryAsync(
            new Statement("begin_callback").With(callback.JobId).With(callback.Lease).With(lease, NpgsqlDbType.Interval),
            row => row.GetInt16(0), ct) is [var tries] ? callback with { Tries = tries } : null;

    /// <summary>It was delivered or given up. Changes nothing where it was noted anew since it was taken, as the job has ended again.</summary>
    public Task EndAsync(TakenCallback callback, CancellationToken ct) =>
        _database.ExecuteAsync(new Statement("end_callback").With(callback.JobId).With(callback.Lease), ct);

    /// <summary>It failed and is to be made again. Changes nothing where it was noted anew since it was taken.</summary>
    public Task RepeatAsync(TakenCallback callback, TimeSpan pause, CancellationToken ct) => RepeatAsync(callback, pause, counts: true, ct);

    /// <summary>The call that was begun was not made to its end; it is at once free for others, and no try is spent.</summary>
    public Task GiveBackAsync(TakenCallback callback, CancellationToken ct) => RepeatAsync(callback, TimeSpan.Zero, counts: false, ct);

    /// <summary>How many wait, up to <see cref="MostCounted"/>, and how long ago the first of their jobs ended; null where none waits.</summary>
    internal async Task<(long Waiting, TimeSpan? Oldest)> WaitingAsync(CancellationToken ct) =>
        (await _database.QueryAsync(
            new Statement("waiting_callbacks").With(MostCounted),
            row => (row.GetInt64(0), row.IsDBNull(1) ? (TimeSpan?)null : TimeSpan.FromSeconds(row.GetDouble(1))), ct))[0];

    Task<int> RepeatAsync(TakenCallback callback, TimeSpan pause, bool counts, CancellationToken ct) => _database.ExecuteAsync(
        new Statement("repeat_callback").With(callback.JobId).With(callback.Lease).With(pause, NpgsqlDbType.Interval).With(counts), ct);

    static TakenCallback Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), new Uri(row.GetString(3)), row.GetInt16(4), TimeSpan.FromMilliseconds(row.GetInt64(5)),
        JobTrace.Read(row.Text("traceparent")).Context);
}

/// <summary>A callback that is due.</summary>
/// <param name="Lease">Fences what is recorded of it.</param>
/// <param name="Host">Host and, where it is not the usual one, port.</param>
/// <param name="Tries">How many calls were begun.</param>
/// <param name="Age">Since the end of the job when it was taken, by the database's clock.</param>
/// <param name="Creator">The trace context of the job's creation; default where it had none.</param>
public sealed record TakenCallback(Guid JobId, Guid Lease, string Host, Uri Url, int Tries, TimeSpan Age, ActivityContext Creator);
