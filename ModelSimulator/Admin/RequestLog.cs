using AiPlatform.ModelSimulator.Http;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>The last requests to models, in order of arrival.</summary>
sealed class RequestLog(IOptions<SimulatorOptions> options, TimeProvider time)
{
    // What a test wants to see of a caller; the key itself is never kept.
    static readonly string[] KeptHeaders = ["User-Agent", "traceparent", "X-Request-Id", "Idempotency-Key", "x-stainless-retry-count"];

    readonly Lock gate = new();
    readonly RequestRecord[] ring = new RequestRecord[options.Value.RequestLog];
    long total;

    /// <summary>Runs a request's handler and keeps what became of it.</summary>
    public async Task RecordAsync(HttpContext context, Func<HttpContext, RequestRecord, Task> handle)
    {
        var record = new RequestRecord(RequestIds.Echo(context), time.GetUtcNow(), context.Request.Path.Value!, Headers(context.Request));
        Add(record);
        try
        {
            await handle(context, record);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left. Its sequence is aborted and counted; nobody is there to be answered.
        }
        finally
        {
            record.Status = context.Response.HasStarted ? context.Response.StatusCode : null;
        }
    }

    /// <summary>The number ever seen, and the newest <paramref name="limit"/> of those kept, oldest first.</summary>
    public (long Total, IReadOnlyList<RequestRecord> Records) Newest(int limit)
    {
        lock (gate)
        {
            var count = (int)Math.Min(Math.Min(total, ring.Length), limit);
            return (total, [.. Enumerable.Range(0, count).Select(index => ring[(total - count + index) % ring.Length])]);
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            Array.Clear(ring);
            total = 0;
        }
    }

    void Add(RequestRecord record)
    {
        lock (gate)
        {
            if (ring.Length > 0)
                ring[total % ring.Length] = record;
            total++;
        }
    }

    static Dictionary<string, string> Headers(HttpRequest request)
    {
        var kept = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in KeptHeaders)
        {
            if (request.Headers.TryGetValue(name, out var value))
                kept[name] = value.ToString();
        }

        if (request.Headers.ContainsKey("Authorization"))
            kept["Authorization"] = "present";
        return kept;
    }
}
