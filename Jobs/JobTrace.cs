using System.Diagnostics;

namespace AiPlatform.Jobs;

/// <summary>The trace context of a job's creation, and whether its caller waits for the end, as they stand together in one column:
/// <c>traceparent[;awaited[;tracestate]]</c>.</summary>
/// <param name="Traceparent">W3C; null where the creation had none.</param>
readonly record struct JobTrace(string? Traceparent, string? Tracestate, bool IsAwaited)
{
    const string Awaited = "awaited";

    /// <summary>As long as W3C asks everybody to pass on.</summary>
    const int MostStateCharacters = 512;

    /// <summary>Of what goes on now.</summary>
    public static (string? Traceparent, string? Tracestate) Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity
        ? (activity.Id, activity.TraceStateString)
        : default;

    /// <summary>To link to; default where there is none.</summary>
    public ActivityContext Context => ActivityContext.TryParse(Traceparent, Tracestate, isRemote: true, out var context) ? context : default;

    public string? Stored()
    {
        if (Traceparent is null)
        {
            return null;
        }
        var word = IsAwaited ? Awaited : "";
        return Tracestate is { Length: > 0 and <= MostStateCharacters } ? $"{Traceparent};{word};{Tracestate}" : IsAwaited ? $"{Traceparent};{word}" : Traceparent;
    }

    public static JobTrace Of(NewJob job) => new(job.Traceparent, job.Tracestate, job.IsAwaited);

    public static JobTrace Read(string? stored)
    {
        var parts = stored?.Split(';', 3) ?? [];
        return new(parts.ElementAtOrDefault(0), parts.ElementAtOrDefault(2), parts.ElementAtOrDefault(1) == Awaited);
    }
}
