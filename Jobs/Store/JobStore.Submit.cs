using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>A key never outlives the job it names.</summary>
    TimeSpan KeyTtl => options.Value.IdempotencyTtl < options.Value.Retention ? options.Value.IdempotencyTtl : options.Value.Retention;

    /// <summary>Stores the jobs, each for itself: one whose key is known is left out, and answers the job that has it.</summary>
    public async Task<Submission> SubmitEachAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var (insert, lanes, owners, prints) = await PrepareAsync(jobs, ct);
        var rows = await InsertAsync(jobs, insert, ct);
        var known = await FindByKeyAsync(find => database.QueryAsync(find, ReadKey, ct), jobs, prints, rows);
        // A key that ended between the two statements is free: its job is stored for itself, the others are stored already.
        foreach (var job in jobs.ExceptBy(rows.Select(row => row.Id).Concat(known.Keys), job => job.Id).ToArray())
        {
            var (again, _, _, _) = await PrepareAsync([job], ct);
            rows.AddRange(await InsertAsync([job], again, ct));
        }
        return Submission.Of(jobs, rows, lanes, owners, known);
    }

    /// <summary>Stores the jobs, all or none: where a key is known for another job, nothing is stored.</summary>
    public async Task<Submission> SubmitAllAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var (insert, lanes, owners, prints) = await PrepareAsync(jobs, ct);
        return await database.TransactAsync(async connection =>
        {
            await HoldOwnersAsync(connection, jobs, ct);
            var rows = await Database.QueryAsync(connection, insert, ReadStored, ct);
            var known = await FindByKeyAsync(find => Database.QueryAsync(connection, find, ReadKey, ct), jobs, prints, rows);
            if (rows.Count + known.Count < jobs.Count)
            {
                throw new StoreUnavailableException("An idempotency key ended in this very moment: the same call again is a new job.");
            }
            var submission = Submission.Of(jobs, rows, lanes, owners, known);
            return submission.Outcomes.Any(outcome => outcome.Result == SubmitResult.KeyConflict)
                ? (false, submission with { Opened = [] })
                : (true, submission);
        }, ct);
    }

    /// <summary>The owners are the tenant's from now on, unless they are already another's.</summary>
    public Task BindOwnersAsync(JobScope scope, IEnumerable<string> names, CancellationToken ct) => ownersKnown.BindAsync(scope, names, ct);

    Task<List<StoredRow>> InsertAsync(IReadOnlyList<NewJob> jobs, Statement insert, CancellationToken ct) => jobs.All(job => job.BoundTo is null)
        ? database.QueryAsync(insert, ReadStored, ct)
        : database.TransactAsync(async connection =>
        {
            await HoldOwnersAsync(connection, jobs, ct);
            return (true, await Database.QueryAsync(connection, insert, ReadStored, ct));
        }, ct);

    /// <summary>Keeps the owners with their tenants until the jobs are stored: a caller may have been let in, and its owner taken from its tenant since.</summary>
    /// <exception cref="OwnerNotAllowedException">One of them is not its tenant's any more.</exception>
    static async Task HoldOwnersAsync(NpgsqlConnection connection, IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var bound = jobs.Where(job => job.BoundTo is not null).Select(job => (job.OwnerService, Tenant: job.BoundTo!)).Distinct().ToList();
        if (bound is [])
        {
            return;
        }
        var hold = new Statement("hold_owners").With(bound.Select(owner => owner.OwnerService).Distinct().ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);
        var held = await Database.QueryAsync(connection, hold, row => (row.GetString(0), row.IsDBNull(1) ? "" : row.GetString(1)), ct);
        if (bound.Except(held).FirstOrDefault() is (string taken, var tenant))
        {
            throw new OwnerNotAllowedException(taken, tenant);
        }
    }

    public async Task<HashSet<Guid>> WithTakenKeysAsync(JobScope scope, IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        NewJob[] keyed = [.. jobs.Where(job => job.IdempotencyKey is not null)];
        if (keyed is [])
        {
            return [];
        }
        var taken = (await database.QueryAsync(FindByKey(scope, keyed), ReadKey, ct)).Select(row => (row.Owner, (string?)row.Key)).ToHashSet();
        return [.. keyed.Where(job => taken.Contains((job.OwnerService, job.IdempotencyKey))).Select(job => job.Id)];
    }

    async Task<(Statement Insert, IReadOnlyDictionary<LaneKey, int> Lanes, IReadOnlyDictionary<string, int> Owners, byte[]?[] Prints)> PrepareAsync(
        IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var lanes = await lanesKnown.EnsureAsync(jobs.Select(job => new LaneKey(job.TaskType, job.ModelProfile)), ct);
        var owners = await ownersKnown.EnsureAsync(jobs.Select(job => job.OwnerService), ct);
        var prints = jobs.Select(job => job.IdempotencyKey is null ? null : Fingerprint(job)).ToArray();
        var insert = Insert(jobs, job => lanes[new LaneKey(job.TaskType, job.ModelProfile)], job => owners[job.OwnerService], prints);
        return (insert, lanes, owners, prints);
    }

    /// <summary>The jobs that have the keys of those that were not stored; one whose key has ended since is missing.</summary>
    static async Task<Dictionary<Guid, KnownJob>> FindByKeyAsync(
        Func<Statement, Task<List<KeyRow>>> find, IReadOnlyList<NewJob> jobs, byte[]?[] prints, List<StoredRow> stored)
    {
        if (stored.Count == jobs.Count)
        {
            return [];
        }
        var inserted = stored.Select(row => row.Id).ToHashSet();
        var left = jobs.Index().Where(job => !inserted.Contains(job.Item.Id)).ToArray();
        var rows = await find(FindByKey(JobScope.All, [.. left.Select(job => job.Item)]));
        var byKey = rows.DistinctBy(row => (row.Owner, row.Key)).ToDictionary(row => (row.Owner, row.Key));
        var known = new Dictionary<Guid, KnownJob>();
        foreach (var (index, job) in left)
        {
            if (byKey.TryGetValue((job.OwnerService, job.IdempotencyKey!), out var first))
            {
                known.Add(job.Id, new KnownJob(first.Id, first.Print.AsSpan().SequenceEqual(prints[index])));
            }
        }
        return known;
    }

    static Statement FindByKey(JobScope scope, IReadOnlyList<NewJob> keyed) => new Statement("find_by_key").Pinned()
        .With(keyed.Select(job => job.OwnerService).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
        .With(keyed.Select(job => job.IdempotencyKey!).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
        .Of(scope);

    Statement Insert(IReadOnlyList<NewJob> jobs, Func<NewJob, int> lane, Func<NewJob, int> owner, byte[]?[] fingerprints)
    {
        T[] All<T>(Func<NewJob, T> value) => [.. jobs.Select(value)];
        var hasKeys = fingerprints.Any(print => print is not null);
        var insert = (hasKeys ? new Statement("submit_jobs").Pinned() : new Statement("submit_keyless_jobs").Pinned())
            .With(All(job => job.Id), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
            .With(All(job => job.TenantId), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.OwnerService), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.OwnerRef), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.TaskType), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.ModelProfile), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(lane), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(All(owner), NpgsqlDbType.Array | NpgsqlDbType.Integer)
            .With(All(job => (short)job.Priority), NpgsqlDbType.Array | NpgsqlDbType.Smallint)
            .With(All(job => (short)job.MaxAttempts), NpgsqlDbType.Array | NpgsqlDbType.Smallint)
            .With(All(job => job.RunAt?.ToUniversalTime()), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz)
            .With(All(job => job.Deadline?.ToUniversalTime()), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz)
            .With(All(job => job.CallbackUrl?.AbsoluteUri), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.ResultTtl), NpgsqlDbType.Array | NpgsqlDbType.Interval)
            .With(All(job => JobTrace.Of(job).Stored()), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.Input.GetRawText()), NpgsqlDbType.Array | NpgsqlDbType.Json);
        return !hasKeys ? insert : insert
            .With(All(job => job.IdempotencyKey), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(fingerprints, NpgsqlDbType.Array | NpgsqlDbType.Bytea)
            .With(KeyTtl, NpgsqlDbType.Interval);
    }

    /// <summary>SHA-256 over everything the caller chose. The id and the trace context differ between two tries of one request.</summary>
    static byte[] Fingerprint(NewJob job)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string? value)
        {
            hash.AppendData(BitConverter.GetBytes(value?.Length ?? -1));
            hash.AppendData(Encoding.UTF8.GetBytes(value ?? ""));
        }
        foreach (var value in (ReadOnlySpan<string?>)
        [
            job.TenantId, job.OwnerRef, job.TaskType, job.ModelProfile, job.Priority.ToString(), $"{job.MaxAttempts}", $"{job.RunAt:O}",
            $"{job.Deadline:O}", job.CallbackUrl?.AbsoluteUri, $"{job.ResultTtl}", (job.AsAsked ?? job.Input).GetRawText(),
        ])
        {
            Add(value);
        }
        return hash.GetHashAndReset();
    }

    static StoredRow ReadStored(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2), row.GetFieldValue<DateTimeOffset>(3));

    static KeyRow ReadKey(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.GetGuid(2), row.GetFieldValue<byte[]>(3));
}

/// <param name="Seq">Its place in the order of submission.</param>
/// <param name="DelayMs">Milliseconds until it may start, by the database's clock.</param>
readonly record struct StoredRow(Guid Id, long Seq, long DelayMs, DateTimeOffset CreatedAt);

/// <summary>An idempotency key that is taken.</summary>
readonly record struct KeyRow(string Owner, string Key, Guid Id, byte[] Print);

readonly record struct KnownJob(Guid Id, bool Same);

/// <summary>What became of a submission, in its order, and what the index has to show of it.</summary>
sealed record Submission(IReadOnlyList<SubmitOutcome> Outcomes, IReadOnlyList<OpenRow> Opened)
{
    public static Submission Of(
        IReadOnlyList<NewJob> jobs, List<StoredRow> stored, IReadOnlyDictionary<LaneKey, int> lanes, IReadOnlyDictionary<string, int> owners,
        Dictionary<Guid, KnownJob> known)
    {
        var rows = stored.ToDictionary(row => row.Id);
        var (outcomes, opened) = (new List<SubmitOutcome>(jobs.Count), new List<OpenRow>(stored.Count));
        foreach (var job in jobs)
        {
            if (rows.TryGetValue(job.Id, out var row))
            {
                outcomes.Add(new SubmitOutcome(job.Id, SubmitResult.Created, row.CreatedAt));
                opened.Add(new OpenRow(
                    job.Id, row.Seq, lanes[new LaneKey(job.TaskType, job.ModelProfile)], (short)job.Priority, Running: false,
                    row.DelayMs, Overdue: false, LeaseExpired: false, owners[job.OwnerService]));
            }
            else
            {
                var first = known.TryGetValue(job.Id, out var holder) ? holder
                    : throw new StoreUnavailableException("An idempotency key ended, and was taken again, in this very moment.");
                outcomes.Add(new SubmitOutcome(first.Id, first.Same ? SubmitResult.Known : SubmitResult.KeyConflict));
            }
        }
        return new Submission(outcomes, opened);
    }
}
