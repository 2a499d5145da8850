using System.Text.Json;
using AiPlatform.ModelSimulator.Audio;
using AiPlatform.ModelSimulator.Faults;
using AiPlatform.ModelSimulator.Http;

namespace AiPlatform.ModelSimulator.Admin;

/// <summary>Says what is heard in which audio.</summary>
sealed class TranscriptEndpoints(TranscriptBook book)
{
    const int HashLetters = 64;
    const double MostWordsPerSecond = 100;

    public void Map(WebApplication app)
    {
        app.MapPost("/admin/transcripts", OrderAsync);
        app.MapGet("/admin/transcripts", ListAsync);
        app.MapDelete("/admin/transcripts", ClearAsync);
    }

    async Task OrderAsync(HttpContext context)
    {
        TranscriptOrder? order = null;
        string? mistake;
        try
        {
            order = await JsonSerializer.DeserializeAsync(context.Request.Body, AdminJson.Default.TranscriptOrder, context.RequestAborted);
            mistake = order is null ? "Not a transcript: null" : Mistake(order);
        }
        catch (JsonException malformed)
        {
            mistake = "Not a transcript: " + malformed.Message;
        }

        if (mistake is not null)
            await ApiErrors.WriteAsync(context, ApiError.BadRequest(mistake), context.RequestAborted);
        else if (!book.TryAdd(order! with { Sha256 = order.Sha256?.ToLowerInvariant() }))
            await ApiErrors.WriteAsync(context, ApiError.Of(StatusCodes.Status409Conflict, $"{TranscriptBook.Most} transcripts are kept; remove some."), context.RequestAborted);
        else
            await ListAsync(context);
    }

    Task ListAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(new TranscriptList(book.All), AdminJson.Default.TranscriptList, cancellationToken: context.RequestAborted);

    Task ClearAsync(HttpContext context)
    {
        book.Clear();
        return ListAsync(context);
    }

    static string? Mistake(TranscriptOrder order) => order switch
    {
        { Sha256: { } hash } when hash.Length != HashLetters || !hash.All(char.IsAsciiHexDigit) => $"sha256 '{hash}' is not {HashLetters} hex digits",
        { Text: null, Segments: null, WordsPerSecond: null, Fault: null } => "one of text, segments, words_per_second and fault is missing",
        { WordsPerSecond: not (null or (> 0 and <= MostWordsPerSecond)) } => $"words_per_second is not above 0 and at most {MostWordsPerSecond}",
        { WordsPerSecond: not null, Text: not null } or { WordsPerSecond: not null, Segments: not null } => "words_per_second is given beside a text",
        { Times: < 0 } => $"times {order.Times} is negative; 0 means until removed",
        { Segments: { } segments } when segments.Any(segment => segment.Text is null || !(segment.Start >= 0 && segment.End >= segment.Start)) =>
            "a segment has no text, or ends before it starts",
        { Fault: { } fault } => FaultText.Parse(fault).Mistake,
        _ => null
    };
}
