using AiPlatform.Api.Errors;

namespace AiPlatform.Api.Uploads;

/// <summary>What holds for files of a purpose.</summary>
/// <param name="Most">Bytes of one.</param>
/// <param name="Quota">Bytes that those of an owner take together.</param>
/// <param name="OverQuota">The answer where there is no room: for the owner, what its files take, and when the first of them goes.</param>
sealed record QuotaRules(string Purpose, long Most, long Quota, ProblemResult TooLarge, Func<string, long, TimeSpan, ProblemResult> OverQuota);
