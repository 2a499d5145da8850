using System.Text.Json;
using AiPlatform.Jobs.Store;
using NpgsqlTypes;

namespace AiPlatform.Jobs;

/// <summary>
/// What runs of a job have finished of it. A run that ends early (killed, preempted, shut down, failed) leaves them to the next one, which does only
/// the rest. They go soon after the job is completed or cancelled, and a day after it failed. Every method throws
/// <see cref="StoreUnavailableException"/> while Postgres is away.
/// </summary>
public sealed class JobCheckpoints
{
    /// <summary>How long those of a failed job are kept for a retry.</summary>
    public static readonly TimeSpan RetentionOfFailed = TimeSpan.FromDays(1);

    /// <summary>Characters of a key.</summary>
    public const int MostKeyCharacters = 64;

    /// <summary>Characters of a checkpoint's content.</summary>
    public const int MostContentCharacters = 1024 * 1024;

    readonly Database _database;

    internal JobCheckpoints(Database database) => _database = database;

    /// <summary>Commits a checkpoint; one with the same key takes the place of the earlier one.</summary>
    /// <returns>False where the fence is stale: nothing was changed.</returns>
    /// <exception cref="ArgumentException">The key is empty or too long, or the content is too long.</exception>
    public async Task<bool> SaveAsync(JobFence fence, Checkpoint checkpoint, CancellationToken ct)
    {
        if (checkpoint.Key.Length is 0 or > MostKeyCharacters)
        {
            throw new ArgumentException($"A checkpoint's key has 1 to {MostKeyCharacters} characters, not {checkpoint.Key.Length}.", nameof(checkpoint));
        }
        var content = checkpoint.Content.GetRawText();
        if (content.Length > MostContentCharacters)
        {
            throw new ArgumentException(
                $"The checkpoint '{checkpoint.Key}' has {content.Length} characters; at most {MostContentCharacters} are kept.", nameof(checkpoint));
        }
        var saved = await _database.QueryAsync(
            new Statement("save_checkpoint").With(fence.Id).With(fence.LeaseToken).With(checkpoint.Key).With(content, NpgsqlDbType.Json),
            row => row.GetGuid(0), ct);
        return saved.Count > 0;
    }

    /// <summary>All of a job's, in the order of their keys; none where there is no such job.</summary>
    public Task<List<Checkpoint>> ReadAsync(JobScope scope, Guid jobId, CancellationToken ct) => _database.QueryAsync(
        new Statement("read_checkpoints").With(jobId).Of(scope), row => new Checkpoint(row.GetString(0), Parsed(row.GetString(1))), ct);

    /// <summary>Removes those of jobs that need them no more.</summary>
    /// <returns>How many.</returns>
    internal async Task<int> RemoveEndedAsync(int mostJobs, CancellationToken ct) => (await _database.QueryAsync(
        new Statement("delete_checkpoints").With(RetentionOfFailed, NpgsqlDbType.Interval).With(mostJobs), row => row.GetGuid(0), ct)).Count;

    static JsonElement Parsed(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
