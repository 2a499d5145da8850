using System.Runtime.CompilerServices;
using AiPlatform.Jobs.Store;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>Files, kept in Postgres in parts, so that no process ever holds one whole. Every method throws <see cref="StoreUnavailableException"/> while
/// Postgres is away.</summary>
public sealed class FileStore
{
    /// <summary>Bytes of each part of a file that came from a caller, but the last.</summary>
    public const int PartBytes = 1024 * 1024;

    /// <summary>How long a file that has come is there at least, and one that came for a job and waits for that to be made: longer than a submission takes, so that it
    /// goes soon where that fails.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    /// <summary>Of parts that are read at once, until one more is read.</summary>
    const int PageBytes = 4 * PartBytes;

    /// <summary>Parts that a statement removes: what disks do in a second or two.</summary>
    const int RemovedAtOnce = 200;

    readonly Database _database;
    readonly OwnerDirectory _owners;

    internal FileStore(Database database, OwnerDirectory owners) => (_database, _owners) = (database, owners);

    /// <summary>A file is about to come, part by part; until <see cref="FinishWithinAsync"/> nobody sees it.</summary>
    /// <param name="ttl">When it is gone, unless it is reserved or whole by then.</param>
    /// <exception cref="OwnerNotAllowedException">The owner is not of the scope, or another tenant's: nothing is stored.</exception>
    public async Task BeginAsync(JobScope scope, Guid id, string ownerService, string filename, TimeSpan ttl, CancellationToken ct)
    {
        await _owners.BindAsync(scope, [ownerService], ct);
        var begin = new Statement("begin_file").With(id).With(ownerService).With(filename).With(ttl, NpgsqlDbType.Interval).WithNullable(scope.Tenant, NpgsqlDbType.Text);
        if (await _database.ExecuteAsync(begin, ct) == 0)
        {
            throw new OwnerNotAllowedException(ownerService, scope.Tenant!);
        }
    }

    /// <param name="place">From 0 on.</param>
    /// <param name="content">Of <see cref="PartBytes"/>, or less where it is the last.</param>
    /// <returns>False where the file has gone, as its reservation has lapsed: nothing is stored.</returns>
    public async Task<bool> AddPartAsync(Guid id, int place, ArraySegment<byte> content, CancellationToken ct) =>
        await _database.ExecuteAsync(new Statement("add_file_part").With(id).With(place).With(content, NpgsqlDbType.Bytea), ct) == 1;

    /// <summary>Counts a file that is coming among its owner's files of the purpose: with <paramref name="wanted"/> bytes, or with what
    /// <paramref name="most"/> leaves of them, however many come at once. A later call takes the place of the earlier one.</summary>
    /// <param name="needed">Where not even so many are left, nothing is changed.</param>
    /// <param name="lease">For how long, unless it is reserved again. Then the file is gone, and counts until it is removed.</param>
    /// <returns>How many bytes the file may have, and what the owner's others take; null where the file has gone.</returns>
    public Task<(long Granted, FileUse? Use)> ReserveAsync(
        Guid id, string ownerService, string purpose, long needed, long wanted, long most, TimeSpan lease, CancellationToken ct) =>
        _database.TransactAsync<(long, FileUse?)>(async connection =>
        {
            await Database.QueryAsync(connection, new Statement("lock_owner_files").With(ownerService), _ => true, ct);
            var use = (await Database.QueryAsync(connection, OwnerFiles(ownerService, purpose, id), ReadUse, ct))[0];
            var granted = Math.Max(0, Math.Min(wanted, most - use.Bytes));
            if (granted < needed)
            {
                return (false, (granted, use));
            }
            var reserve = new Statement("reserve_file").With(id).With(purpose).With(granted).With(lease, NpgsqlDbType.Interval);
            return await Database.QueryAsync(connection, reserve, row => row.GetGuid(0), ct) is [] ? (false, (0, null)) : (true, (granted, use));
        }, ct);

    /// <summary>A file that has come is there for readers, unless the owner's files of the purpose would then take more than <paramref name="most"/> bytes, however many
    /// come at once.</summary>
    /// <param name="ttl">From its creation on; <see cref="Fresh"/> at least from now on.</param>
    /// <returns>Null for the file where they would, which then is still not there for readers; for both where the file has gone.</returns>
    public Task<(StoredFile? File, FileUse? Use)> FinishWithinAsync(
        Guid id, string ownerService, string purpose, long bytes, TimeSpan ttl, long most, CancellationToken ct) =>
        _database.TransactAsync<(StoredFile?, FileUse?)>(async connection =>
        {
            await Database.QueryAsync(connection, new Statement("lock_owner_files").With(ownerService), _ => true, ct);
            var use = (await Database.QueryAsync(connection, OwnerFiles(ownerService, purpose, id), ReadUse, ct))[0];
            if (use.Bytes + bytes > most)
            {
                return (false, (null, use));
            }
            var finish = new Statement("finish_file").With(id).With(purpose).With(bytes).With(ttl, NpgsqlDbType.Interval).With(Fresh, NpgsqlDbType.Interval);
            return await Database.QueryAsync(connection, finish, Read, ct) is [var file] ? (true, (file, use)) : (false, (null, null));
        }, ct);

    /// <summary>What the files of an owner take: those that are whole, what is reserved for those that are coming, and what is yet to be removed.</summary>
    public async Task<FileUse> UseAsync(string ownerService, string purpose, CancellationToken ct) =>
        (await _database.QueryAsync(OwnerFiles(ownerService, purpose, Guid.Empty), ReadUse, ct))[0];

    /// <summary>Keeps files for jobs that are about to name them: each as long as its jobs are open, and <paramref name="ttl"/> from the end of the last.</summary>
    /// <param name="unmade">How long for a job that is not made after all.</param>
    /// <returns>Those that are there: in the scope, whole, of the purpose, and with time left.</returns>
    public async Task<List<Guid>> KeepAsync(
        JobScope scope, IReadOnlyList<(Guid File, Guid Job)> wanted, string purpose, TimeSpan ttl, TimeSpan unmade, CancellationToken ct)
    {
        var own = (await OwnAsync(scope, [.. wanted.Select(name => name.File).Distinct()], ct)).ToHashSet();
        wanted = [.. wanted.Where(name => own.Contains(name.File))];
        return await _database.QueryAsync(new Statement("keep_files")
            .With(wanted.Select(name => name.File).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
            .With(wanted.Select(name => name.Job).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
            .With(ttl, NpgsqlDbType.Interval).With(purpose).OwnedBy(scope).With(unmade, NpgsqlDbType.Interval), row => row.GetGuid(0), ct);
    }

    /// <summary>Null where there is none, or not all of it.</summary>
    public async Task<StoredFile?> GetAsync(JobScope scope, Guid id, CancellationToken ct) =>
        (await _database.QueryAsync(new Statement("get_file").With(id).Of(scope), Read, ct)).FirstOrDefault();

    /// <summary>A page of the files in the order of their creation.</summary>
    /// <param name="after">The last of the page before; null for the first page.</param>
    /// <param name="ownerService">Null for everybody's.</param>
    /// <param name="purpose">Null for all but <see cref="StoredFile.Audio"/>.</param>
    public Task<List<StoredFile>> ListAsync(
        JobScope scope, Guid? after, bool newestFirst, int limit, string? ownerService, string? purpose, CancellationToken ct) => _database.QueryAsync(
        new Statement("list_files").PlannedEachTime().With(after ?? (newestFirst ? JobStore.LastId : Guid.Empty)).With(newestFirst).With(limit)
            .WithNullable(ownerService, NpgsqlDbType.Text).WithNullable(purpose, NpgsqlDbType.Text).Of(scope),
        Read, ct);

    /// <summary>The content in pieces, in its order.</summary>
    public async IAsyncEnumerable<byte[]> ReadAsync(JobScope scope, Guid id, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var place = 0; await PartsAsync(scope, id, place, PageBytes, ct) is { Count: > 0 } parts; place += parts.Count)
        {
            foreach (var part in parts)
            {
                yield return part;
            }
        }
    }

    /// <summary>Bytes out of the middle of a file that came from a caller; fewer where it has no more.</summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(JobScope scope, Guid id, long start, int count, CancellationToken ct)
    {
        var first = (int)(start / PartBytes);
        var skipped = (int)(start - ((long)first * PartBytes));
        var parts = await PartsAsync(scope, id, first, skipped + Math.Max(1, count), ct);
        var bytes = parts is [var only] ? only : Joined(parts);
        return bytes.Length <= skipped ? default : bytes.AsMemory(skipped, Math.Min(count, bytes.Length - skipped));
    }

    /// <summary>Removes a file, whole or not, unless a batch that has not ended reads it. Nobody sees it from the first moment on; what a crash leaves of its
    /// parts goes with the files whose time is over.</summary>
    public async Task<FileRemoval> RemoveAsync(JobScope scope, Guid id, CancellationToken ct) =>
        await OwnAsync(scope, [id], ct) is [] ? FileRemoval.NotFound : await RemoveAsync(id, isAskedFor: true, ct);

    /// <summary>Removes what came of a file that never will be seen. Its parts go where the file itself has gone before, too.</summary>
    public async Task DropAsync(Guid id, CancellationToken ct)
    {
        if (await RemoveAsync(id, isAskedFor: true, ct) == FileRemoval.NotFound)
        {
            await RemovePartsAsync(id, ct);
        }
    }

    /// <summary>Removes a file whose time is over or whose job has ended, unless a job needs it after all: then it is kept as long as that does.</summary>
    internal Task<FileRemoval> RemoveUnneededAsync(Guid id, CancellationToken ct) => RemoveAsync(id, isAskedFor: false, ct);

    async Task<FileRemoval> RemoveAsync(Guid id, bool isAskedFor, CancellationToken ct)
    {
        var removal = await HideAsync(id, isAskedFor, ct);
        if (removal == FileRemoval.Removed)
        {
            await RemovePartsAsync(id, ct);
        }
        return removal;
    }

    /// <summary>Those of the files that are in the scope. A file never changes its owner: what follows may go by these ids.</summary>
    async Task<IReadOnlyList<Guid>> OwnAsync(JobScope scope, Guid[] ids, CancellationToken ct) => scope.IsAll
        ? ids
        : await _database.QueryAsync(new Statement("own_files").With(ids).Of(scope), row => row.GetGuid(0), ct);

    /// <summary>Files whose own time is over.</summary>
    internal Task<List<Guid>> ExpiredAsync(int limit, CancellationToken ct) =>
        _database.QueryAsync(new Statement("expired_files").With(limit), row => row.GetGuid(0), ct);

    /// <summary>Audio whose only job needs it no more.</summary>
    internal Task<List<Guid>> SpentAsync(int limit, CancellationToken ct) =>
        _database.QueryAsync(new Statement("spent_audio").Pinned().With(limit), row => row.GetGuid(0), ct);

    /// <summary>Locks first and looks second: one statement would look as of before it waited for a batch or a job that is being made.</summary>
    Task<FileRemoval> HideAsync(Guid id, bool isAskedFor, CancellationToken ct) => _database.TransactAsync(async connection =>
    {
        if (await Database.QueryAsync(connection, new Statement("lock_file").With(id), row => row.GetGuid(0), ct) is [])
        {
            return (false, FileRemoval.NotFound);
        }
        if (await Database.QueryAsync(connection, new Statement("hide_file").With(id).With(isAskedFor), row => row.GetGuid(0), ct) is [_])
        {
            return (true, FileRemoval.Removed);
        }
        if (!isAskedFor)
        {
            await Database.QueryAsync(connection, new Statement("extend_file").With(id), row => row.GetGuid(0), ct);
        }
        return (!isAskedFor, FileRemoval.InUse);
    }, ct);

    async Task RemovePartsAsync(Guid id, CancellationToken ct)
    {
        while ((await _database.QueryAsync(new Statement("delete_file_parts").With(id).With(RemovedAtOnce), row => row.GetInt64(0), ct))[0] > 0)
        {
        }
        await _database.QueryAsync(new Statement("delete_file").With(id), row => row.GetGuid(0), ct);
    }

    /// <summary>Parts from a place on, until so many bytes are passed.</summary>
    Task<List<byte[]>> PartsAsync(JobScope scope, Guid id, int first, long bytes, CancellationToken ct) => _database.QueryAsync(
        new Statement("file_parts").With(id).With(first).With(bytes).Of(scope), row => row.GetFieldValue<byte[]>(1), ct);

    static byte[] Joined(List<byte[]> parts)
    {
        var bytes = new byte[parts.Sum(part => part.Length)];
        var end = 0;
        foreach (var part in parts)
        {
            part.CopyTo(bytes, end);
            end += part.Length;
        }
        return bytes;
    }

    static Statement OwnerFiles(string ownerService, string purpose, Guid but) => new Statement("owner_files")
        .With(ownerService).With(Together(purpose), NpgsqlDbType.Array | NpgsqlDbType.Text).With(but);

    /// <summary>The purposes that count together.</summary>
    static string[] Together(string purpose) => purpose == StoredFile.Batch ? [StoredFile.Batch, StoredFile.BatchOutput] : [purpose];

    static FileUse ReadUse(NpgsqlDataReader row) => new(row.GetInt64(0), row.IsDBNull(1) ? null : row.GetFieldValue<DateTimeOffset>(1));

    static StoredFile Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4),
        row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6));
}
