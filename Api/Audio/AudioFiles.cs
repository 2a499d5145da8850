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

    public Task<(StoredFile? File, ProblemResult? Problem)> FinishAsync(Upload upload, CancellationToken cancellationToken) => FinishAsync(upload, Settings.Ttl, cancellationToken);

    /// <summary>Of audio that came with a job: it goes soon, unless that is made.</summary>
    public async Task<(StoredFile? File, ProblemResult? Problem)> FinishForAsync(Guid job, Upload upload, CancellationToken cancellationToken)
    {
        var (file, problem) = await FinishAsync(upload, TimeSpan.Zero, cancellationToken);
        if (file is not null)
            await KeepForMadeAsync(upload.Scope, [(file.Id, job)], cancellationToken);
        return (file, problem);
    }

    async Task<(StoredFile? File, ProblemResult? Problem)> FinishAsync(Upload upload, TimeSpan ttl, CancellationToken cancellationToken) => upload.Errors.Any
        ? (null, Problems.Invalid(upload.Errors))
        : await quotas.FinishAsync(upload.Id, upload.Owner, upload.Bytes, ttl, Rules, cancellationToken);

    /// <summary>Keeps audio that came as a part of something else. It goes soon, unless the jobs are made.</summary>
    public async Task<ProblemResult?> KeepAsync(
        JobScope scope, Guid id, IReadOnlyList<Guid> jobs, string owner, string name, byte[] content, CancellationToken cancellationToken)
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
            var (file, problem) = await quotas.FinishAsync(id, owner, content.Length, TimeSpan.Zero, Rules, cancellationToken);
            if (file is not null)
                await KeepForMadeAsync(scope, [.. jobs.Select(job => (id, job))], cancellationToken);
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
        files.KeepAsync(scope, wanted, StoredFile.Audio, Settings.Ttl, Settings.Ttl, cancellationToken);

    /// <summary>Before the jobs are made, so that no moment comes in which one lacks its audio.</summary>
    async Task KeepForMadeAsync(JobScope scope, IReadOnlyList<(Guid File, Guid Job)> made, CancellationToken cancellationToken) =>
        await files.KeepAsync(scope, made, StoredFile.Audio, Settings.Ttl, FileStore.Fresh, cancellationToken);

    public Task DropAsync(Guid id) => uploads.DropAsync(id);

    static IEnumerable<int> Starts(int length)
    {
        for (var start = 0; start < length; start += FileStore.PartBytes)
            yield return start;
    }
}
