using AiPlatform.Api.Errors;
using AiPlatform.Api.Uploads;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Audio;

/// <summary>Audio that is kept for transcriptions: files of a purpose of its own, with a lifetime and a quota for each owner.</summary>
sealed class AudioFiles(FileStore files, UploadReader uploads, IOptions<AudioSettings> settings, TimeProvider time)
{
    /// <summary>How long an upload of which nothing comes still counts in the quota, and that of a process that died.</summary>
    static readonly TimeSpan Reserved = TimeSpan.FromMinutes(15);

    AudioSettings Settings => settings.Value;

    /// <summary>An upload that counts in its owner's quota while it comes, and ends early where that does.</summary>
    /// <param name="id">That of a job where it is for that job alone; else a new one.</param>
    /// <param name="announced">Bytes of the body, as far as known: what may come is reserved at once, or refused, else as it comes.</param>
    public Upload Begin(JobScope scope, Guid id, string owner, long? announced)
    {
        var (granted, renewal) = (0L, DateTimeOffset.MinValue);
        var least = Math.Min(Settings.MaxBytes, (announced ?? 0) - UploadReader.Around);
        return new Upload(scope, id, owner, Settings.MaxBytes, Problems.AudioTooLarge(Settings.MaxMegabytes), MakeRoomAsync);

        async Task<ProblemResult?> MakeRoomAsync(long bytes, CancellationToken cancellationToken)
        {
            if (bytes <= granted && time.GetUtcNow() < renewal)
                return null;
            var ahead = Math.Max(announced ?? 0, bytes > granted ? 2 * granted : granted);
            (granted, var use) = await ReserveAsync(id, owner, Math.Max(bytes, least), Math.Min(Settings.MaxBytes, Math.Max(bytes, ahead)), cancellationToken);
            renewal = time.GetUtcNow() + (Reserved / 3);
            return granted < Math.Max(bytes, least) ? OverQuota(owner, use) : null;
        }
    }

    public async Task<(StoredFile? File, ProblemResult? Problem)> FinishAsync(Upload upload, CancellationToken cancellationToken)
    {
        if (upload.Errors.Any)
            return (null, Problems.Invalid(upload.Errors));
        var (file, use) = await files.FinishWithinAsync(
            upload.Id, upload.Owner, StoredFile.Audio, upload.Bytes, Settings.Ttl, Settings.QuotaBytes, cancellationToken);
        return (file, file is null ? OverQuota(upload.Owner, use) : null);
    }

    /// <summary>Keeps audio that came as a part of something else.</summary>
    public async Task<ProblemResult?> KeepAsync(JobScope scope, Guid id, string owner, string name, byte[] content, CancellationToken cancellationToken)
    {
        var isKept = false;
        await files.BeginAsync(scope, id, owner, name, UploadReader.Unfinished, cancellationToken);
        try
        {
            if (await ReserveAsync(id, owner, content.Length, content.Length, cancellationToken) is (var granted, var others) && granted < content.Length)
                return OverQuota(owner, others);
            foreach (var (place, start) in Starts(content.Length).Index())
            {
                var part = new ArraySegment<byte>(content, start, Math.Min(FileStore.PartBytes, content.Length - start));
                await files.AddPartAsync(id, place, part, cancellationToken);
            }
            var (file, use) = await files.FinishWithinAsync(id, owner, StoredFile.Audio, content.Length, Settings.Ttl, Settings.QuotaBytes, cancellationToken);
            isKept = file is not null;
            return isKept ? null : OverQuota(owner, use);
        }
        finally
        {
            if (!isKept)
                await uploads.DropAsync(id);
        }
    }

    /// <summary>The file of a reference, with time left; null where there is none.</summary>
    public async Task<StoredFile?> FindAsync(JobScope scope, Guid id, CancellationToken cancellationToken) =>
        await files.GetAsync(scope, id, cancellationToken) is { Purpose: StoredFile.Audio } file && file.ExpiresAt > time.GetUtcNow() ? file : null;

    /// <summary>Which of the files are there, each from now on for as long as the jobs that name it may need it.</summary>
    public Task<List<Guid>> KeepForAsync(JobScope scope, IReadOnlyList<(Guid File, Guid Job)> wanted, CancellationToken cancellationToken) =>
        files.KeepAsync(scope, wanted, StoredFile.Audio, Settings.Ttl, cancellationToken);

    public Task DropAsync(Guid id) => uploads.DropAsync(id);

    Task<(long Granted, FileUse Use)> ReserveAsync(Guid id, string owner, long needed, long wanted, CancellationToken cancellationToken) =>
        files.ReserveAsync(id, owner, StoredFile.Audio, needed, wanted, Settings.QuotaBytes, Reserved, cancellationToken);

    ProblemResult OverQuota(string owner, FileUse use) =>
        Problems.OverQuota(owner, Settings.QuotaMegabytes, use.Bytes, use.FreesAt is { } freed ? freed - time.GetUtcNow() : TimeSpan.Zero);

    static IEnumerable<int> Starts(int length)
    {
        for (var start = 0; start < length; start += FileStore.PartBytes)
            yield return start;
    }
}
