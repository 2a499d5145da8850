using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace AiPlatform.Jobs.Store;

sealed partial class JobStore
{
    /// <summary>Stores the jobs, all or none. A key that is known for the same job answers that job; for another one, nothing is stored.</summary>
    public async Task<Submission> SubmitAsync(IReadOnlyList<NewJob> jobs, CancellationToken ct)
    {
        var lanes = await lanesKnown.EnsureAsync(jobs.Select(job => new LaneKey(job.TaskType, job.ModelProfile)), ct);
        var owners = await ownersKnown.EnsureAsync(jobs.Select(job => job.OwnerService), ct);
        var fingerprints = jobs.Select(job => job.IdempotencyKey is null ? null : Fingerprint(job)).ToArray();
        var insert = Insert(jobs, job => lanes[new LaneKey(job.TaskType, job.ModelProfile)], job => owners[job.OwnerService], fingerprints);

        if (fingerprints.All(print => print is null))
        {
            var rows = await database.QueryAsync(insert, ReadStored, ct);
            return Submission.Of(jobs, rows, lanes, []);
        }

        return await database.TransactAsync(async connection =>
        {
            var rows = await Database.QueryAsync(connection, insert, ReadStored, ct);
            var known = rows.Count == jobs.Count ? [] : await FindByKeyAsync(connection, jobs, fingerprints, rows, ct);
            var submission = Submission.Of(jobs, rows, lanes, known);
            return (!submission.HasConflict, submission);
        }, ct);
    }

    static async Task<Dictionary<Guid, KnownJob>> FindByKeyAsync(
        NpgsqlConnection connection, IReadOnlyList<NewJob> jobs, byte[]?[] fingerprints, List<StoredRow> stored, CancellationToken ct)
    {
        var inserted = stored.Select(row => row.Id).ToHashSet();
        var left = jobs.Index().Where(job => !inserted.Contains(job.Item.Id)).ToArray();
        var rows = await Database.QueryAsync(connection,
            new Statement("find_by_key")
                .With(left.Select(job => job.Item.OwnerService).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)
                .With(left.Select(job => job.Item.IdempotencyKey!).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            row => (Owner: row.GetString(0), Key: row.GetString(1), Id: row.GetGuid(2), Print: row.GetFieldValue<byte[]>(3)), ct);
        var byKey = rows.DistinctBy(row => (row.Owner, row.Key)).ToDictionary(row => (row.Owner, row.Key));
        return left.ToDictionary(
            job => job.Item.Id,
            job => byKey[(job.Item.OwnerService, job.Item.IdempotencyKey!)] is var first
                ? new KnownJob(first.Id, first.Print.AsSpan().SequenceEqual(fingerprints[job.Index]))
                : default);
    }

    Statement Insert(IReadOnlyList<NewJob> jobs, Func<NewJob, int> lane, Func<NewJob, int> owner, byte[]?[] fingerprints)
    {
        T[] All<T>(Func<NewJob, T> value) => [.. jobs.Select(value)];
        return new Statement("submit_jobs")
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
            .With(All(job => job.IdempotencyKey), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(fingerprints, NpgsqlDbType.Array | NpgsqlDbType.Bytea)
            .With(All(job => job.CallbackUrl?.AbsoluteUri), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.ResultTtl), NpgsqlDbType.Array | NpgsqlDbType.Interval)
            .With(All(job => job.Traceparent), NpgsqlDbType.Array | NpgsqlDbType.Text)
            .With(All(job => job.Input.GetRawText()), NpgsqlDbType.Array | NpgsqlDbType.Json)
            .With(options.Value.IdempotencyTtl, NpgsqlDbType.Interval);
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
            $"{job.Deadline:O}", job.CallbackUrl?.AbsoluteUri, $"{job.ResultTtl}", job.Input.GetRawText(),
        ])
        {
            Add(value);
        }
        return hash.GetHashAndReset();
    }

    static StoredRow ReadStored(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetInt64(1), row.GetInt64(2));
}

/// <param name="Seq">Its place in the order of submission.</param>
/// <param name="DelayMs">Milliseconds until it may start, by the database's clock.</param>
readonly record struct StoredRow(Guid Id, long Seq, long DelayMs);

readonly record struct KnownJob(Guid Id, bool Same);

/// <summary>What became of a submission, and what the index has to show of it.</summary>
sealed record Submission(IReadOnlyList<SubmitOutcome> Outcomes, IReadOnlyList<OpenRow> Opened, bool HasConflict)
{
    public static Submission Of(
        IReadOnlyList<NewJob> jobs, List<StoredRow> stored, IReadOnlyDictionary<LaneKey, int> lanes, Dictionary<Guid, KnownJob> known)
    {
        var rows = stored.ToDictionary(row => row.Id);
        var conflict = known.Values.Any(job => !job.Same);
        var outcomes = jobs.Select(job => known.TryGetValue(job.Id, out var first)
            ? new SubmitOutcome(first.Id, first.Same ? SubmitResult.Known : SubmitResult.KeyConflict)
            : new SubmitOutcome(job.Id, SubmitResult.Created));
        var opened = jobs.Where(job => !conflict && rows.ContainsKey(job.Id)).Select(job => new OpenRow(
            job.Id, rows[job.Id].Seq, lanes[new LaneKey(job.TaskType, job.ModelProfile)], (short)job.Priority, Running: false,
            rows[job.Id].DelayMs, Overdue: false, LeaseExpired: false));
        return new Submission([.. outcomes], [.. opened], conflict);
    }
}
