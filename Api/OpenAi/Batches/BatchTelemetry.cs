using System.Diagnostics.Metrics;
using AiPlatform.Api.Requests;
using AiPlatform.Jobs;

namespace AiPlatform.Api.OpenAi.Batches;

/// <summary>The instruments of batches. How many of their requests have not ended, <c>aiplatform.batch.requests.open</c> of the queue's meter says.</summary>
sealed class BatchTelemetry
{
    public const string Name = "AiPlatform.Api";

    readonly Counter<long> _requests;
    readonly Counter<long> _batches;

    public BatchTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _requests = meter.CreateCounter<long>("aiplatform.batch.requests", "{request}", "Requests of batches that have ended, by outcome: completed or failed.");
        _batches = meter.CreateCounter<long>("aiplatform.batch.ended", "{batch}", "Batches that have ended, by status.");
    }

    public void Ended(int completed, int failed)
    {
        Add("completed", completed);
        Add("failed", failed);
    }

    public void Closed(BatchState state) => _batches.Add(1, new KeyValuePair<string, object?>("status", Wire.Word(state)));

    void Add(string outcome, int requests)
    {
        if (requests > 0)
            _requests.Add(requests, new KeyValuePair<string, object?>("outcome", outcome));
    }
}
