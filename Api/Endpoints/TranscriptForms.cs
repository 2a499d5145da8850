using System.Text.Json;
using AiPlatform.Contracts;
using AiPlatform.Contracts.Transcripts;
using Microsoft.Net.Http.Headers;

namespace AiPlatform.Api.Endpoints;

/// <summary>A form in which a transcript is told.</summary>
/// <param name="Name">What <c>format</c> says.</param>
/// <param name="Media">What an Accept header may say for it; the first is the answer's own.</param>
/// <param name="Of">The body; null for the result as the worker stored it.</param>
sealed record TranscriptForm(string Name, IReadOnlyList<string> Media, Func<TranscriptionResult, string>? Of)
{
    public string ContentType => Name == TranscriptForms.Json ? Media[0] : $"{Media[0]}; charset=utf-8";
}

static class TranscriptForms
{
    public const string Json = "json";

    // An external worker may say more of its result than is known here.
    static readonly ContractsJson Reading = new(
        new JsonSerializerOptions(ContractsJson.Default.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip });

    public static readonly IReadOnlyList<TranscriptForm> All =
    [
        new(Json, ["application/json"], null),
        new("text", ["text/plain"], TranscriptText.Of),
        new("srt", ["application/x-subrip", "text/srt"], SubRip.Of),
        new("vtt", ["text/vtt"], WebVtt.Of),
    ];

    public static TranscriptForm Named(string name) => All.Single(form => form.Name == name);

    /// <summary>The form that the header prefers among these, JSON where it names none of them.</summary>
    public static TranscriptForm Accepted(HttpRequest request) => request.GetTypedHeaders().Accept
        .OrderByDescending(type => type.Quality ?? 1)
        .Select(type => All.FirstOrDefault(form => form.Media.Any(media => MediaTypeHeaderValue.Parse(media).IsSubsetOf(type))))
        .FirstOrDefault(form => form is not null) ?? All[0];

    /// <summary>The result of a transcription; null where it is not in that form.</summary>
    public static TranscriptionResult? Result(JobView job)
    {
        try
        {
            return job.Result?.Deserialize(Reading.TranscriptionResult);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
