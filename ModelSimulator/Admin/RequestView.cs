using System.Text.Json;
using AiPlatform.ModelSimulator.Engine;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>
/// A request as <c>GET /admin/requests</c> shows it; tokens are those of all its answers, <see cref="Finish"/> is how the first ended.
/// <see cref="Finish"/> is none while any of them runs and when the request never reached the engine,
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
        var sequences = record.Sequences;
        var first = sequences.Count > 0 ? sequences[0] : null;
        var ended = first is not null && sequences.All(sequence => sequence.IsEnded);
        return new RequestView(
            record.Id,
            record.ReceivedAt,
            record.Path,
            record.Model,
            record.Stream,
            record.Fault,
            record.Status,
            ended ? first!.Finish.Name() : null,
            sequences.Sum(sequence => sequence.Generated),
            record.TokensSent,
            sequences.Sum(sequence => sequence.TokensAfterClientLeft),
            Seconds(first?.Arrived, first?.Admitted, time),
            Seconds(first?.Arrived, ended ? sequences.Max(sequence => sequence.EndedAt) : null, time),
            record.Headers,
            record.Body is { } body ? JsonElement.Parse(body) : null,
            record.Form);
    }

    static double? Seconds(long? from, long? to, TimeProvider time) =>
        from is { } start && to is { } end ? time.GetElapsedTime(start, end).TotalSeconds : null;
}
