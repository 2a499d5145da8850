using AiPlatform.Api.Errors;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Uploads;

/// <summary>Room for the files of an owner. What is coming counts while it comes, so uploads at the same time do not pass the quota together.</summary>
sealed class UploadQuotas(FileStore files, TimeProvider time)
{
    /// <summary>How long an upload of which nothing comes is still waited for, and that of a process that died. Then it is removed, and counts in the quota until it is.</summary>
    static readonly TimeSpan Reserved = TimeSpan.FromMinutes(15);

    /// <summary>An upload that counts in its owner's quota while it comes, and ends early where that does.</summary>
    /// <param name="id">That of a job where it is for that job alone; else a new one.</param>
    /// <param name="announced">Bytes of the body, as far as known: what may come is reserved at once, or refused, else as it comes.</param>
    public Upload Begin(JobScope scope, Guid id, string owner, long? announced, QuotaRules rules)
    {
        var (granted, renewal) = (0L, DateTimeOffset.MinValue);
        var least = Math.Min(rules.Most, (announced ?? 0) - UploadReader.Around);
        return new Upload(scope, id, owner, rules.Most, rules.TooLarge, MakeRoomAsync);

        async Task<ProblemResult?> MakeRoomAsync(long bytes, CancellationToken cancellationToken)
        {
            if (bytes <= granted && time.GetUtcNow() < renewal)
                return null;
            var ahead = Math.Max(announced ?? 0, bytes > granted ? 2 * granted : granted);
            (granted, var refusal) = await ReserveAsync(id, owner, Math.Max(bytes, least), Math.Min(rules.Most, Math.Max(bytes, ahead)), rules, cancellationToken);
            renewal = time.GetUtcNow() + (Reserved / 3);
            return refusal;
        }
    }

    /// <summary>Reserves as much as there is room for, where that is enough.</summary>
    public async Task<(long Granted, ProblemResult? Problem)> ReserveAsync(
        Guid id, string owner, long needed, long wanted, QuotaRules rules, CancellationToken cancellationToken)
    {
        var (granted, use) = await files.ReserveAsync(id, owner, rules.Purpose, needed, wanted, rules.Quota, Reserved, cancellationToken);
        return (granted, use is null ? Problems.UploadLapsed() : granted < needed ? OverQuota(owner, use.Value, rules) : null);
    }

    /// <summary>Makes a file whole that has come, if there is room.</summary>
    /// <param name="ttl">From its creation on.</param>
    public async Task<(StoredFile? File, ProblemResult? Problem)> FinishAsync(
        Guid id, string owner, long bytes, TimeSpan ttl, QuotaRules rules, CancellationToken cancellationToken)
    {
        var (file, use) = await files.FinishWithinAsync(id, owner, rules.Purpose, bytes, ttl, rules.Quota, cancellationToken);
        return (file, use is null ? Problems.UploadLapsed() : file is null ? OverQuota(owner, use.Value, rules) : null);
    }

    /// <summary>The answer where an owner's files take all of the quota, or more; null where they do not.</summary>
    public async Task<ProblemResult?> FullAsync(string owner, QuotaRules rules, CancellationToken cancellationToken) =>
        await files.UseAsync(owner, rules.Purpose, cancellationToken) is var use && use.Bytes >= rules.Quota ? OverQuota(owner, use, rules) : null;

    ProblemResult OverQuota(string owner, FileUse use, QuotaRules rules) =>
        rules.OverQuota(owner, use.Bytes, use.FreesAt is { } freed ? freed - time.GetUtcNow() : TimeSpan.Zero);
}
