using System.Text.Json;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>
/// A request as <c>GET /admin/requests</c> shows it. <see cref="Finish"/> is none while it runs and when it never reached the engine,
/// <see cref="Status"/> while it runs and when its connection ended without an answer.
/// </summary>
sealed record RequestView(
    string Id,
    DateTimeOffset ReceivedAt,
    string Path,
    string? Model,
    bool Stream,
    string? Fault,
    int? Status,
    string? Finish,
    int TokensGenerated,
    int TokensSent,
    int TokensAfterClientLeft,
    double? QueueSeconds,
    double? TotalSeconds,
    IReadOnlyDictionary<string, string> Headers,
    JsonElement? Body,
    IReadOnlyDictionary<string, string>? Form)
{
    public static RequestView Of(RequestRecord record, TimeProvider time)
    {
        var sequence = record.Sequence;
        return new RequestView(
            record.Id,
            record.ReceivedAt,
            record.Path,
            record.Model,
            record.Stream,
            record.Fault,
            record.Status,
            sequence is { IsEnded: true } ? sequence.Finish.Name() : null,
            sequence?.Generated ?? 0,
            record.TokensSent,
            sequence?.TokensAfterClientLeft ?? 0,
            Seconds(sequence?.Arrived, sequence?.Admitted, time),
            Seconds(sequence?.Arrived, sequence?.EndedAt, time),
            record.Headers,
            record.Body is { } body ? JsonElement.Parse(body) : null,
            record.Form);
    }

    static double? Seconds(long? from, long? to, TimeProvider time) =>
        from is { } start && to is { } end ? time.GetElapsedTime(start, end).TotalSeconds : null;
}
