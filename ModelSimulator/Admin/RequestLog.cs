using AiPlatform.ModelSimulator.Http;
using AiPlatform.ModelSimulator.Personalities;
using Microsoft.Extensions.Options;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>The last requests to models, in order of arrival.</summary>
sealed class RequestLog(IOptions<SimulatorOptions> options, TimeProvider time)
{
    // Of a header with such a word in its name only the presence is kept.
    static readonly string[] SecretWords = ["auth", "key", "token", "secret", "cookie"];
    static readonly string[] NotSecret = ["Idempotency-Key"];

    // Shown in this spelling, whichever the caller's client has.
    static readonly HashSet<string> Spellings =
        new(["Authorization", "User-Agent", "traceparent", "X-Request-Id", "Idempotency-Key", "x-stainless-retry-count"], StringComparer.OrdinalIgnoreCase);

    readonly Lock gate = new();
    readonly RequestRecord[] ring = new RequestRecord[options.Value.RequestLog];
    long total;

    /// <summary>Runs a request's handler and keeps what became of it.</summary>
    public async Task RecordAsync(HttpContext context, Func<HttpContext, RequestRecord, Task> handle)
    {
        var now = time.GetUtcNow();
        var id = RequestIds.Of(context.Request);
        AnswerHeaders.Add(context, id, now);
        var record = new RequestRecord(id, now, context.Request.PathBase + context.Request.Path, Headers(context.Request));
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
    public (long Total, IReadOnlyDictionary<string, int> Tries, IReadOnlyList<RequestRecord> Records) Newest(int limit)
    {
        lock (gate)
        {
            var count = (int)Math.Min(total, ring.Length);
            RequestRecord[] kept = [.. Enumerable.Range(0, count).Select(index => ring[(total - count + index) % ring.Length])];
            var tries = kept.Where(record => record.Model is not null).CountBy(record => record.Model!);
            return (total, tries.ToDictionary(StringComparer.Ordinal), kept[Math.Max(0, count - limit)..]);
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

    static bool IsSecret(string name) =>
        SecretWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase)) && !NotSecret.Contains(name, StringComparer.OrdinalIgnoreCase);

    static Dictionary<string, string> Headers(HttpRequest request)
    {
        var kept = new Dictionary<string, string>(request.Headers.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Headers)
            kept[Spellings.TryGetValue(name, out var spelling) ? spelling : name] = IsSecret(name) ? "present" : value.ToString();
        return kept;
    }
}
