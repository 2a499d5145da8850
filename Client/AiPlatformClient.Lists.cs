using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AiPlatform.Client.Http;
using AiPlatform.Contracts;

namespace AiPlatform.Client;

public partial class AiPlatformClient
{
    /// <summary>All jobs of a filter, newest first, without input, result and position. Pages are asked for as they are read; jobs that are created meanwhile are not
    /// among them.</summary>
    /// <param name="filter">Null for all that the caller may see.</param>
    /// <param name="pageSize">Jobs of one request: 1 to 500.</param>
    public virtual async IAsyncEnumerable<JobView> ListAsync(
        JobFilter? filter = null, int pageSize = 200, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? cursor = null;
        do
        {
            var page = await ListPageAsync(filter, cursor, pageSize, cancellationToken);
            foreach (var job in page.Jobs)
                yield return job;
            cursor = page.NextCursor;
        }
        while (cursor is not null);
    }

    /// <summary>One page of them.</summary>
    /// <param name="cursor"><see cref="JobPage.NextCursor"/> of the page before; null for the first.</param>
    /// <param name="pageSize">1 to 500.</param>
    public virtual Task<JobPage> ListPageAsync(JobFilter? filter = null, string? cursor = null, int pageSize = 50, CancellationToken cancellationToken = default)
    {
        List<string> query = [$"limit={pageSize.ToString(CultureInfo.InvariantCulture)}"];
        foreach (var condition in JsonSerializer.SerializeToElement(filter ?? new(), ClientJson.Wire.JobFilter).EnumerateObject())
            query.Add($"{condition.Name}={Uri.EscapeDataString(condition.Value.GetString()!)}");
        if (cursor is not null)
            query.Add($"cursor={Uri.EscapeDataString(cursor)}");
        return Api.SendAsync(
            ApiRequest.Get("api/v1/jobs", Options.Timeout) with { Query = $"?{string.Join('&', query)}" }, ClientJson.Wire.JobPage, cancellationToken);
    }
}
