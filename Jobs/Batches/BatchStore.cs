using System.Text.Json;
using AiPlatform.Jobs.Store;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>Batches of jobs that are made of a file's lines. A batch is moved on by whoever has taken it; everything that is recorded of it is fenced by
/// that lease, and a method that answers false changed nothing because the batch is another's now, or in a state that does not allow it. Every method
/// throws <see cref="StoreUnavailableException"/> while Postgres is away.</summary>
public sealed class BatchStore
{
    /// <summary>How long a batch belongs to its taker after each thing that is recorded of it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    /// <summary>How long batches are kept after their end.</summary>
    static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    readonly Database _database;
    readonly OwnerDirectory _owners;

    internal BatchStore(Database database, OwnerDirectory owners) => (_database, _owners) = (database, owners);

    /// <returns>False where there is no such input file, or the owner has used the idempotency key.</returns>
    /// <param name="window">How long it may take from now on.</param>
    /// <exception cref="OwnerNotAllowedException">The owner is not of the scope, or another tenant's: nothing is stored.</exception>
    public async Task<bool> CreateAsync(JobScope scope, StoredBatch batch, TimeSpan window, CancellationToken ct)
    {
        await _owners.BindAsync(scope, [batch.OwnerService], ct);
        var isCreated = await IsDoneAsync(
            new Statement("create_batch").With(batch.Id).With(batch.OwnerService).WithNullable(batch.OwnerRef, NpgsqlDbType.Text).With(batch.Endpoint)
                .With(batch.CompletionWindow).With(window, NpgsqlDbType.Interval).WithNullable(batch.Metadata?.GetRawText(), NpgsqlDbType.Json)
                .WithNullable(batch.Traceparent, NpgsqlDbType.Text).With(batch.InputFile).WithNullable(batch.OutputTtl, NpgsqlDbType.Interval)
                .With(batch.OutputFile).With(batch.ErrorFile).WithNullable(batch.IdempotencyKey, NpgsqlDbType.Text).OwnedBy(scope)
                .WithNullable(scope.Tenant, NpgsqlDbType.Text), ct);
        if (!isCreated)
        {
            await _owners.CheckAsync(scope, batch.OwnerService, ct);
        }
        return isCreated;
    }

    public async Task<StoredBatch?> GetAsync(JobScope scope, Guid id, CancellationToken ct) =>
        (await _database.QueryAsync(new Statement("get_batch").With(id).Of(scope), BatchRows.Read, ct)).FirstOrDefault();

    /// <summary>The batch that the same call has made before: the one of its idempotency key, or where it has none the latest without one that its owner
    /// made of its file a while ago at most. Whether the rest of the call is the same is for the caller to see.</summary>
    public async Task<StoredBatch?> FindAsync(JobScope scope, StoredBatch call, TimeSpan within, CancellationToken ct) => (await _database.QueryAsync(
        new Statement("find_batch").With(call.OwnerService).WithNullable(call.IdempotencyKey, NpgsqlDbType.Text).With(call.InputFile).With(within, NpgsqlDbType.Interval).Of(scope),
        BatchRows.Read, ct)).FirstOrDefault();

    /// <summary>A page of the batches, newest first.</summary>
    /// <param name="after">The last of the page before; null for the first page.</param>
    /// <param name="ownerService">Null for everybody's.</param>
    public Task<List<StoredBatch>> ListAsync(JobScope scope, Guid? after, int limit, string? ownerService, CancellationToken ct) => _database.QueryAsync(
        new Statement("list_batches").With(after ?? JobStore.LastId).With(limit).WithNullable(ownerService, NpgsqlDbType.Text).Of(scope), BatchRows.Read, ct);

    /// <summary>No further line becomes a job, and the open ones are cancelled by who drives the batch.</summary>
    public async Task<bool> CancelAsync(JobScope scope, Guid id, CancellationToken ct) =>
        (scope.Tenant is null || await GetAsync(scope, id, ct) is not null) && await IsDoneAsync(new Statement("cancel_batch").With(id).OwnedBy(scope), ct);

    /// <summary>Takes the batch that is longest due, for <see cref="Lease"/>; null where none is due.</summary>
    public async Task<TakenBatch?> TakeAsync(CancellationToken ct) => (await _database.QueryAsync(
        new Statement("take_batch").With(Lease, NpgsqlDbType.Interval), row => new TakenBatch(row.GetGuid(0), row.GetGuid(1)), ct)).FirstOrDefault();

    /// <summary>The batch is free for others after the pause.</summary>
    public Task<bool> GiveBackAsync(TakenBatch taken, TimeSpan pause, CancellationToken ct) =>
        IsDoneAsync(Fenced(new Statement("keep_batch"), taken).With(pause, NpgsqlDbType.Interval), ct);

    /// <summary>Notes lines of a batch whose file is being read.</summary>
    public Task<bool> AddLinesAsync(TakenBatch taken, IReadOnlyList<BatchLine> lines, CancellationToken ct) => IsDoneAsync(
        Fenced(new Statement("add_batch_lines"), taken)
            .With(lines.Select(line => line.Line).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(lines.Select(line => line.CustomId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(lines.Select(line => line.Place).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint)
            .With(lines.Select(line => line.Bytes).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(Lease, NpgsqlDbType.Interval), ct);

    /// <summary>Its file is valid.</summary>
    public Task<bool> BeginAsync(TakenBatch taken, int total, CancellationToken ct) => IsDoneAsync(Fenced(new Statement("begin_batch"), taken).With(total), ct);

    /// <summary>Its file is not valid.</summary>
    public Task<bool> FailAsync(TakenBatch taken, JsonElement errors, CancellationToken ct) =>
        IsDoneAsync(Fenced(new Statement("fail_batch"), taken).With(errors.GetRawText(), NpgsqlDbType.Json), ct);

    /// <summary>The next lines that are neither jobs nor ended.</summary>
    public Task<List<BatchLine>> WaitingAsync(Guid batch, int limit, CancellationToken ct) =>
        _database.QueryAsync(new Statement("waiting_batch_lines").With(batch).With(limit), BatchRows.ReadLine, ct);

    /// <summary>Lines whose jobs have ended or, where their maker died before it, were never made.</summary>
    public Task<List<BatchLine>> EndedAsync(Guid batch, int limit, CancellationToken ct) =>
        _database.QueryAsync(new Statement("ended_batch_lines").Pinned().With(batch).With(limit), BatchRows.ReadLine, ct);

    /// <summary>Jobs that have not ended.</summary>
    public Task<List<Guid>> OpenJobsAsync(Guid batch, CancellationToken ct) =>
        _database.QueryAsync(new Statement("open_batch_jobs").Pinned().With(batch), row => row.GetGuid(0), ct);

    /// <summary>Lines are about to become jobs. Their ids are noted first, so that nobody makes another one of them after a crash.</summary>
    public Task<bool> GiveAsync(TakenBatch taken, IReadOnlyList<BatchLine> lines, CancellationToken ct) => IsDoneAsync(
        Fenced(new Statement("give_batch_lines"), taken)
            .With(lines.Select(line => line.Line).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(lines.Select(line => line.JobId!.Value).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid), ct);

    /// <summary>Adds what became of lines to the batch's files and counts, in one commit.</summary>
    public Task<bool> EndAsync(TakenBatch taken, EndedLines lines, CancellationToken ct) => IsDoneAsync(
        Fenced(new Statement("end_batch_lines"), taken)
            .With(lines.Completed.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(lines.Failed.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(lines.Output.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea)
            .With(lines.Errors.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bytea)
            .With(lines.Given)
            .With(Lease, NpgsqlDbType.Interval), ct);

    /// <summary>Its time is over.</summary>
    public Task<bool> ExpireAsync(TakenBatch taken, CancellationToken ct) => IsDoneAsync(Fenced(new Statement("expire_batch"), taken), ct);

    /// <summary>All its lines have ended.</summary>
    public Task<bool> FinalizeAsync(TakenBatch taken, CancellationToken ct) => IsDoneAsync(Fenced(new Statement("finalize_batch"), taken), ct);

    /// <summary>It ends, and its files are shown.</summary>
    /// <param name="ttl">How long they are kept, where the batch does not say.</param>
    public Task<bool> CloseAsync(TakenBatch taken, TimeSpan ttl, CancellationToken ct) =>
        IsDoneAsync(Fenced(new Statement("end_batch"), taken).With(ttl, NpgsqlDbType.Interval), ct);

    /// <summary>Removes lines of a batch that has ended, and batches that ended long ago; says too whether there was one whose lines were to be removed.</summary>
    internal async Task<(long Lines, long Batches, bool Found)> RemoveRestsAsync(int limit, CancellationToken ct) => (await _database.QueryAsync(
        new Statement("delete_batch_rests").With(limit).With(Retention, NpgsqlDbType.Interval),
        row => (row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2)), ct))[0];

    /// <summary>How many requests of batches have not ended.</summary>
    internal async Task<long> CountAsync(CancellationToken ct) =>
        (await _database.QueryAsync(new Statement("count_batches"), row => row.GetInt64(0), ct))[0];

    static Statement Fenced(Statement statement, TakenBatch taken) => statement.With(taken.Id).With(taken.Lease);

    async Task<bool> IsDoneAsync(Statement statement, CancellationToken ct) =>
        (await _database.QueryAsync(statement, row => row.GetGuid(0), ct)).Count == 1;
}
