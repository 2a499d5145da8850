using AiPlatform.Api.Errors;
using AiPlatform.Api.Uploads;
using AiPlatform.Jobs;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Audio;

/// <summary>Audio that is kept for transcriptions: files of a purpose of its own, with a lifetime and a quota for each owner.</summary>
sealed class AudioFiles(FileStore files, UploadReader uploads, UploadQuotas quotas, IOptions<AudioSettings> settings, TimeProvider time)
{
    AudioSettings Settings => settings.Value;

    QuotaRules Rules => new(
        StoredFile.Audio, Settings.MaxBytes, Settings.QuotaBytes, Problems.AudioTooLarge(Settings.MaxMegabytes),
        (owner, bytes, freed) => Problems.OverQuota(owner, Settings.QuotaMegabytes, bytes, freed));

    /// <inheritdoc cref="UploadQuotas.Begin"/>
    public Upload Begin(JobScope scope, Guid id, string owner, long? announced) => quotas.Begin(scope, id, owner, announced, Rules);

    public async Task<(StoredFile? File, ProblemResult? Problem)> FinishAsync(Upload upload, CancellationToken cancellationToken) => upload.Errors.Any
        ? (null, Problems.Invalid(upload.Errors))
        : await quotas.FinishAsync(upload.Id, upload.Owner, upload.Bytes, Settings.Ttl, Rules, cancellationToken);

    /// <summary>Keeps audio that came as a part of something else.</summary>
    public async Task<ProblemResult?> KeepAsync(JobScope scope, Guid id, string owner, string name, byte[] content, CancellationToken cancellationToken)
    {
        var isKept = false;
        await files.BeginAsync(scope, id, owner, name, UploadReader.Unfinished, cancellationToken);
        try
        {
            if (await quotas.ReserveAsync(id, owner, content.Length, content.Length, Rules, cancellationToken) is (_, { } refusal))
                return refusal;
            foreach (var (place, start) in Starts(content.Length).Index())
            {
                var part = new ArraySegment<byte>(content, start, Math.Min(FileStore.PartBytes, content.Length - start));
                if (!await files.AddPartAsync(id, place, part, cancellationToken))
                    return Problems.UploadLapsed();
            }
            var (file, problem) = await quotas.FinishAsync(id, owner, content.Length, Settings.Ttl, Rules, cancellationToken);
            isKept = file is not null;
            return problem;
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

    static IEnumerable<int> Starts(int length)
    {
        for (var start = 0; start < length; start += FileStore.PartBytes)
            yield return start;
    }
}
