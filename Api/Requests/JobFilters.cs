using AiPlatform.Contracts;

namespace AiPlatform.Api.Requests;

static class JobFilters
{
    /// <summary>The store takes times in UTC only.</summary>
    public static JobFilter InUtc(JobFilter filter) => filter with
    {
        CreatedAfter = filter.CreatedAfter?.ToUniversalTime(),
        CreatedBefore = filter.CreatedBefore?.ToUniversalTime(),
    };
}
